// Broken batches: nothing that reads one may leave its bytes, whatever they are. Useful with ASan
// and UBSan.
#include <gtest/gtest.h>

#include <random>

#include "base/endian.h"
#include "record/batch_check.h"
#include "record/batch_reader.h"
#include "record/golden_batches.h"
#include "record/predicate.h"
#include "record/projection.h"

namespace millrace::record {
namespace {

using schema::ArrowCompression;
using schema::LogFormat;
using schema::TypeRoot;

struct Subject {
  std::string bytes;
  schema::Schema schema;
  schema::TableConfig config;
};

std::vector<Subject> Subjects() {
  const auto arrow = ConfigOf(LogFormat::kArrow);
  const auto zstd = ConfigOf(LogFormat::kArrow, ArrowCompression::kZstd);
  return {{FromHex(kArrowPlain), SmallSchema(), arrow},
          {FromHex(kArrowStatistics), SmallSchema(), arrow},
          {FromHex(kChangelog), ChangelogSchema(), arrow},
          {FromHex(kZstd), SmallSchema(), zstd},
          {FromHex(kAllTypes), AllTypesSchema(), arrow},
          {FromHex(kIndexed), SmallSchema(), ConfigOf(LogFormat::kIndexed)},
          {FromHex(kCompacted), SmallSchema(), ConfigOf(LogFormat::kCompacted)}};
}

// Overwrites a few places, mostly with numbers that are near a limit, and sometimes cuts the end
// off.
std::string Mutate(std::string bytes, std::mt19937_64& random) {
  const int64_t limits[] = {0,  1,   -1,  7,          8,           255,         256,
                            48, 400, 521, 0x7fffffff, -0x80000000, 0x7ffffffff, INT64_MAX};
  MutableBytes to = AsMutableBytes(bytes);
  for (auto count = 1 + random() % 4; count > 0; --count) {
    size_t at = random() % bytes.size();
    int64_t value =
        random() % 2 == 0 ? static_cast<int64_t>(random()) : limits[random() % std::size(limits)];
    switch (random() % 4) {
      case 0:
        StoreLittle(to.data() + at, static_cast<int8_t>(value));
        break;
      case 1:
        if (at + 2 <= to.size()) StoreLittle(to.data() + at, static_cast<int16_t>(value));
        break;
      case 2:
        if (at + 4 <= to.size()) StoreLittle(to.data() + at, static_cast<int32_t>(value));
        break;
      default:
        if (at + 8 <= to.size()) StoreLittle(to.data() + at, value);
    }
  }
  if (random() % 8 == 0) bytes.resize(random() % bytes.size());
  return bytes;
}

// Bytes on the heap, so that a read past their end is noticed.
void ReadAll(const std::string& text, const Subject& subject, const Projection& projection,
             const Predicate& predicate, size_t& projected_count) {
  const std::vector<std::byte> copy(AsBytes(text).begin(), AsBytes(text).end());
  const Bytes bytes(copy);
  BatchIterator batches(bytes);
  while (true) {
    auto next = batches.Next();
    if (!next || !*next) break;
    const LogBatch& batch = **next;
    (void)CheckBatch(batch, subject.schema, subject.config);
    (void)MayMatch(predicate, subject.schema, batch);
    (void)batch.CrcValid();
  }
  for (size_t size : {kMaxHeaderSize, bytes.size()}) {
    Bytes first = bytes.first(std::min(size, bytes.size()));
    auto needed = Projection::HeadSize(first);
    if (needed && *needed <= first.size()) {
      EXPECT_LE(*needed, LogBatch::SizeOf(first).value());
    }
  }
  auto projected = projection.Project(bytes);
  if (!projected) return;
  ++projected_count;
  uint64_t size = projected->head.size();
  for (const ByteRange& range : projected->body) {
    size += range.size;
    EXPECT_LE(range.position + range.size, LogBatch::SizeOf(bytes).value());
  }
  EXPECT_EQ(size, projected->size);
  EXPECT_EQ(LogBatch::SizeOf(AsBytes(projected->head)).value(), size);
}

TEST(Mutation, NothingReadsOutside) {
  Literal number{TypeRoot::kInteger, int64_t{2}};
  Literal text{TypeRoot::kString, std::string("b")};
  const Predicate predicate{CompoundPredicate{
      CompoundFunction::kOr,
      {{LeafPredicate{LeafFunction::kGreaterThan, 0, {number}}},
       {LeafPredicate{LeafFunction::kStartsWith, 1, {text}}},
       {LeafPredicate{LeafFunction::kIn, 2, {{TypeRoot::kBigInt, int64_t{5}}}}}}}};
  std::mt19937_64 random(20240607);
  size_t projected = 0;
  for (const Subject& subject : Subjects()) {
    schema::Schema newest = subject.schema;
    for (const schema::Column& column : AllTypesSchema().columns) {
      newest.columns.push_back(column);
    }
    std::vector<int32_t> positions = {0, 1, static_cast<int32_t>(newest.columns.size()) - 2};
    auto projection = Projection::Make(newest, subject.schema, positions);
    ASSERT_TRUE(projection);
    for (int i = 0; i < 20'000; ++i) {
      ReadAll(Mutate(subject.bytes, random), subject, *projection, predicate, projected);
    }
    for (size_t size = 0; size <= subject.bytes.size(); ++size) {
      ReadAll(subject.bytes.substr(0, size), subject, *projection, predicate, projected);
    }
  }
  EXPECT_GT(projected, 1000u);  // not all of them are refused at the door
}

}  // namespace
}  // namespace millrace::record
