#include "record/value_batch.h"

#include <utility>

#include "base/endian.h"

namespace millrace::record {
namespace {

constexpr size_t kLengthSize = 4;
constexpr size_t kCountAt = 5;
constexpr size_t kHeaderSize = 9;  // length, magic 0, count

template <class T>
void Store(std::string& to, size_t at, T value) {
  StoreLittle(reinterpret_cast<std::byte*>(to.data()) + at, value);
}

}  // namespace

ValueBatchWriter::ValueBatchWriter() : batch_(kHeaderSize, '\0') {}

void ValueBatchWriter::Add(Bytes value) {
  size_t at = batch_.size();
  batch_.append(kLengthSize, '\0');
  Store(batch_, at, static_cast<int32_t>(value.size()));
  batch_.append(AsText(value));
  ++count_;
}

std::string ValueBatchWriter::Finish() {
  Store(batch_, 0, static_cast<int32_t>(batch_.size() - kLengthSize));
  Store(batch_, kCountAt, std::exchange(count_, 0));
  return std::exchange(batch_, std::string(kHeaderSize, '\0'));
}

}  // namespace millrace::record
