#include "kv/merge/bitmap_container.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/endian.h"

namespace millrace::kv::internal {
namespace {

constexpr size_t kBitsSize = kMaxContainerValues / 8;

uint32_t Value(Bytes data, size_t position) {
  return LoadLittle<uint16_t>(data.data() + 2 * position);
}

void SetValue(MutableBytes data, size_t position, uint32_t value) {
  StoreLittle(data.data() + 2 * position, static_cast<uint16_t>(value));
}

size_t RunsSize(uint32_t runs) {
  return 2 + size_t{4} * runs;
}

struct Run {
  uint32_t first;
  uint32_t last;
};

uint32_t RunCount(const Container& container) {
  return Value(container.data, 0);
}

Run RunAt(const Container& container, uint32_t position) {
  uint32_t first = Value(container.data, 1 + size_t{2} * position);
  return {first, first + Value(container.data, 2 + size_t{2} * position)};
}

uint32_t CountRunsOfArray(const Container& array) {
  uint32_t runs = array.cardinality == 0 ? 0 : 1;
  for (uint32_t i = 1; i < array.cardinality; ++i) {
    if (Value(array.data, i - 1) + 1 != Value(array.data, i)) ++runs;
  }
  return runs;
}

Error Malformed(std::string what) {
  return Error{ErrorCode::kUnknownServerError, std::move(what)};
}

Result<void> CheckArray(const Container& array) {
  for (uint32_t i = 1; i < array.cardinality; ++i) {
    if (Value(array.data, i - 1) >= Value(array.data, i)) {
      return Malformed("an array's values do not ascend");
    }
  }
  return {};
}

Result<void> CheckBits(const Container& bits) {
  uint32_t values = 0;
  for (size_t at = 0; at < kBitsSize; at += sizeof(uint64_t)) {
    values += std::popcount(LoadLittle<uint64_t>(bits.data.data() + at));
  }
  if (values != bits.cardinality) {
    return Malformed(std::to_string(values) + " bits where " + std::to_string(bits.cardinality) +
                     " are announced");
  }
  return {};
}

// Runs may touch, as some writers leave them.
Result<void> CheckRuns(const Container& runs) {
  uint32_t values = 0;
  uint32_t next = 0;
  for (uint32_t i = 0; i < RunCount(runs); ++i) {
    Run run = RunAt(runs, i);
    if (run.first < next || run.last >= kMaxContainerValues) {
      return Malformed("runs overlap or do not ascend");
    }
    values += run.last - run.first + 1;
    next = run.last + 1;
  }
  if (values != runs.cardinality) {
    return Malformed("runs of " + std::to_string(values) + " values where " +
                     std::to_string(runs.cardinality) + " are announced");
  }
  return {};
}

// With their number in front.
std::optional<Bytes> TakeRuns(BitmapInput& input) {
  BitmapInput ahead = input;
  std::optional<uint16_t> runs = ahead.Number<uint16_t>();
  if (!runs) return std::nullopt;
  return input.Take(RunsSize(*runs));
}

std::optional<Bytes> TakeData(BitmapInput& input, ContainerKind kind, uint32_t cardinality) {
  switch (kind) {
    case ContainerKind::kArray:
      return input.Take(size_t{2} * cardinality);
    case ContainerKind::kBits:
      return input.Take(kBitsSize);
    case ContainerKind::kRuns:
      return TakeRuns(input);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Bytes> BitmapInput::Take(size_t size) {
  if (rest_.size() < size) return std::nullopt;
  Bytes taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

Result<Container> ReadContainer(BitmapInput& input, ContainerKind kind, uint32_t cardinality) {
  uint32_t most = kind == ContainerKind::kArray ? kMaxArrayValues : kMaxContainerValues;
  if (cardinality > most) {
    return Malformed("a container of " + std::to_string(cardinality) + " values");
  }
  std::optional<Bytes> data = TakeData(input, kind, cardinality);
  if (!data) return Malformed("it ends within a container");
  Container container{.kind = kind, .cardinality = cardinality, .data = *data};
  switch (kind) {
    case ContainerKind::kArray:
      TRY(CheckArray(container));
      break;
    case ContainerKind::kBits:
      TRY(CheckBits(container));
      break;
    case ContainerKind::kRuns:
      TRY(CheckRuns(container));
      break;
  }
  return container;
}

Container ContainerMaker::Unite(const Container& a, const Container& b) {
  bool are_arrays = a.kind == ContainerKind::kArray && b.kind == ContainerKind::kArray;
  if (are_arrays && a.cardinality + b.cardinality <= kMaxArrayValues) return UniteArrays(a, b);
  Fill(a);
  Add(b);
  uint32_t cardinality = CountValues();
  if (a.kind == ContainerKind::kBits || b.kind == ContainerKind::kBits) {
    return WordsAsBits(cardinality);
  }
  if (!are_arrays) return WordsAsRunsUnlessLonger(cardinality);
  return cardinality <= kMaxArrayValues ? WordsAsArray(cardinality) : WordsAsBits(cardinality);
}

Container ContainerMaker::Optimize(const Container& container, BitmapFormat format) {
  uint32_t cardinality = container.cardinality;
  switch (container.kind) {
    case ContainerKind::kArray: {
      uint32_t runs = CountRunsOfArray(container);
      if (size_t{2} * cardinality <= RunsSize(runs)) return container;
      Fill(container);
      return WordsAsRuns(cardinality, runs);
    }
    case ContainerKind::kBits: {
      Fill(container);
      uint32_t runs = CountRuns();
      return RunsSize(runs) < kBitsSize ? WordsAsRuns(cardinality, runs) : container;
    }
    case ContainerKind::kRuns: {
      size_t otherwise = std::min(kBitsSize, 2 + size_t{2} * cardinality);
      if (format == BitmapFormat::k64 || container.data.size() <= otherwise) return container;
      Fill(container);
      return cardinality <= kMaxArrayValues ? WordsAsArray(cardinality) : WordsAsBits(cardinality);
    }
  }
  return container;
}

// The array that the library compares with here is two bytes longer than in Optimize().
Container ContainerMaker::WordsAsRunsUnlessLonger(uint32_t cardinality) {
  uint32_t runs = CountRuns();
  if (RunsSize(runs) <= std::min(kBitsSize, 2 + size_t{2} * cardinality)) {
    return WordsAsRuns(cardinality, runs);
  }
  return cardinality <= kMaxArrayValues ? WordsAsArray(cardinality) : WordsAsBits(cardinality);
}

Container ContainerMaker::UniteArrays(const Container& a, const Container& b) {
  MutableBytes data = Allocate(size_t{2} * (a.cardinality + b.cardinality));
  uint32_t i = 0;
  uint32_t j = 0;
  uint32_t size = 0;
  while (i < a.cardinality && j < b.cardinality) {
    uint32_t x = Value(a.data, i);
    uint32_t y = Value(b.data, j);
    SetValue(data, size++, std::min(x, y));
    if (x <= y) ++i;
    if (y <= x) ++j;
  }
  while (i < a.cardinality) SetValue(data, size++, Value(a.data, i++));
  while (j < b.cardinality) SetValue(data, size++, Value(b.data, j++));
  return {ContainerKind::kArray, size, Bytes(data).first(size_t{2} * size)};
}

void ContainerMaker::Fill(const Container& container) {
  if (container.kind == ContainerKind::kBits) {
    std::memcpy(words_.data(), container.data.data(), kBitsSize);
    return;
  }
  words_.fill(0);
  Add(container);
}

void ContainerMaker::Add(const Container& container) {
  switch (container.kind) {
    case ContainerKind::kArray:
      for (uint32_t i = 0; i < container.cardinality; ++i) {
        uint32_t value = Value(container.data, i);
        words_[value / 64] |= uint64_t{1} << (value % 64);
      }
      break;
    case ContainerKind::kBits:
      for (size_t i = 0; i < words_.size(); ++i) {
        words_[i] |= LoadLittle<uint64_t>(container.data.data() + i * sizeof(uint64_t));
      }
      break;
    case ContainerKind::kRuns:
      for (uint32_t i = 0; i < RunCount(container); ++i) {
        Run run = RunAt(container, i);
        AddRange(run.first, run.last);
      }
      break;
  }
}

void ContainerMaker::AddRange(uint32_t first, uint32_t last) {
  uint64_t from_first = ~uint64_t{0} << (first % 64);
  uint64_t to_last = ~uint64_t{0} >> (63 - last % 64);
  if (first / 64 == last / 64) {
    words_[first / 64] |= from_first & to_last;
    return;
  }
  words_[first / 64] |= from_first;
  for (uint32_t i = first / 64 + 1; i < last / 64; ++i) words_[i] = ~uint64_t{0};
  words_[last / 64] |= to_last;
}

uint32_t ContainerMaker::CountValues() const {
  uint32_t values = 0;
  for (uint64_t word : words_) values += std::popcount(word);
  return values;
}

uint32_t ContainerMaker::CountRuns() const {
  uint32_t runs = 0;
  uint64_t before = 0;  // the highest bit of the word before, as the lowest
  for (uint64_t word : words_) {
    runs += std::popcount(word & ~(word << 1 | before));
    before = word >> 63;
  }
  return runs;
}

Container ContainerMaker::WordsAsArray(uint32_t cardinality) {
  MutableBytes data = Allocate(size_t{2} * cardinality);
  size_t size = 0;
  for (uint32_t i = 0; i < words_.size(); ++i) {
    for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
      SetValue(data, size++, 64 * i + std::countr_zero(word));
    }
  }
  return {ContainerKind::kArray, cardinality, data};
}

Container ContainerMaker::WordsAsBits(uint32_t cardinality) {
  MutableBytes data = Allocate(kBitsSize);
  std::memcpy(data.data(), words_.data(), kBitsSize);
  return {ContainerKind::kBits, cardinality, data};
}

Container ContainerMaker::WordsAsRuns(uint32_t cardinality, uint32_t runs) {
  MutableBytes data = Allocate(RunsSize(runs));
  SetValue(data, 0, runs);
  size_t starts = 0;
  size_t ends = 0;
  uint64_t before = 0;
  for (uint32_t i = 0; i < words_.size(); ++i) {
    uint64_t word = words_[i];
    uint64_t after = i + 1 < words_.size() ? words_[i + 1] << 63 : 0;
    for (uint64_t first = word & ~(word << 1 | before); first != 0; first &= first - 1) {
      SetValue(data, 1 + 2 * starts++, 64 * i + std::countr_zero(first));
    }
    for (uint64_t last = word & ~(word >> 1 | after); last != 0; last &= last - 1) {
      uint32_t value = 64 * i + std::countr_zero(last);
      SetValue(data, 2 + 2 * ends, value - Value(data, 1 + 2 * ends));
      ++ends;
    }
    before = word >> 63;
  }
  return {ContainerKind::kRuns, cardinality, data};
}

}  // namespace millrace::kv::internal
