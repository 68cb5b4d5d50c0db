#include "replica/batch_walk.h"

#include "record/log_batch.h"
#include "record/predicate.h"

namespace millrace::replica {
namespace {

using runtime::FileRange;
using runtime::Task;

// Bytes of stored log one fetch looks at per bucket before it gives way to others.
constexpr uint64_t kStretchMax = 32 << 20;
constexpr int kStretchesMax = 16;
// Ranges below this are cheaper to copy than to send one by one.
constexpr uint64_t kCopyBelow = 16 << 10;

void AddText(std::vector<net::Piece>& pieces, std::string_view text) {
  auto* last = pieces.empty() ? nullptr : std::get_if<std::string>(&pieces.back());
  if (last) {
    last->append(text);
  } else {
    pieces.emplace_back(std::string(text));
  }
}

void AddRange(std::vector<net::Piece>& pieces, FileRange range) {
  auto* last = pieces.empty() ? nullptr : std::get_if<FileRange>(&pieces.back());
  if (last && last->file == range.file && last->position + last->size == range.position) {
    last->size += range.size;
  } else {
    pieces.emplace_back(std::move(range));
  }
}

}  // namespace

Task<Result<void>> BatchWalk::Run(log::LogTablet& log, Offset from, Offset below, bool at_least_one,
                                  FetchedPart& fetched) {
  must_take_one_ = at_least_one;
  for (int stretch = 0; stretch < kStretchesMax && from < below; stretch++) {
    if (stretch > 0) co_await runtime::Yield();
    CO_TRY_ASSIGN(auto slice, co_await log.Read(from, below, kStretchMax, true));
    if (slice.range.size == 0) break;
    FileWindow window(slice.range, pool_);
    uint64_t position = 0;
    while (position < slice.range.size) {
      CO_TRY_ASSIGN(Step step, co_await Take(window, slice.range, position, fetched));
      if (step == Step::kFull) co_return Result<void>();
    }
    from = slice.end;
    // One stretch is enough once something was found.
    if (!fetched.records.empty()) break;
  }
  co_return Result<void>();
}

Task<Result<BatchWalk::Step>> BatchWalk::Take(FileWindow& window, const FileRange& slice,
                                              uint64_t& position, FetchedPart& fetched) {
  CO_TRY_ASSIGN(Bytes bytes, co_await window.At(position, record::kMaxHeaderSize));
  if (bytes.size() < record::kLogOverhead) {  // the end of a slice cut inside a batch
    position = slice.size;
    co_return Step::kGoOn;
  }
  CO_TRY_ASSIGN(auto header, record::LogBatch::Parse(bytes, false));
  uint64_t begin = position;
  size_t size = header.size();
  SchemaId schema_id = header.schema_id();
  Offset next = header.next_offset();
  if (begin + size > slice.size) {
    position = slice.size;
    co_return Step::kGoOn;
  }
  if (part_.filter && header.statistics_length() > 0) {
    CO_TRY_ASSIGN(bytes, co_await window.At(begin, header.records_position()));
    CO_TRY_ASSIGN(auto batch, record::LogBatch::Parse(bytes, false));
    const auto* schema = table_->SchemaOf(schema_id);
    if (schema && !record::MayMatch(*part_.filter, *schema, batch)) {
      position += size;
      fetched.filtered_end = next;
      co_return Step::kGoOn;
    }
  }
  Step step = Step::kGoOn;
  if (part_.projection) {
    CO_TRY_ASSIGN(step, co_await TakeProjected(window, slice, begin, schema_id, fetched));
  } else if (Fits(size, fetched)) {
    AddRange(fetched.records, {slice.file, slice.position + begin, size});
    fetched.size_bytes += size;
  } else {
    step = Step::kFull;
  }
  if (step == Step::kGoOn) fetched.filtered_end = std::nullopt;
  position += size;
  co_return step;
}

Task<Result<BatchWalk::Step>> BatchWalk::TakeProjected(FileWindow& window, const FileRange& slice,
                                                       uint64_t begin, SchemaId schema,
                                                       FetchedPart& fetched) {
  CO_TRY_ASSIGN(auto projection, projections_.Get(*table_, schema, *part_.projection));
  size_t needed = record::kMaxHeaderSize;
  Bytes head;
  do {
    CO_TRY_ASSIGN(head, co_await window.At(begin, needed));
    CO_TRY_ASSIGN(needed, record::Projection::HeadSize(head));
  } while (needed > head.size());
  CO_TRY_ASSIGN(auto projected, projection->Project(head));
  if (!Fits(projected.size, fetched)) co_return Step::kFull;
  fetched.size_bytes += projected.size;
  AddText(fetched.records, projected.head);
  for (const auto& range : projected.body) {
    if (range.size < kCopyBelow) {
      CO_TRY_ASSIGN(Bytes bytes, co_await window.At(begin + range.position, range.size));
      AddText(fetched.records, AsText(bytes));
    } else {
      AddRange(fetched.records, {slice.file, slice.position + begin + range.position, range.size});
    }
  }
  co_return Step::kGoOn;
}

}  // namespace millrace::replica
