#include <compare>
#include <limits>
#include <string>

#include "kv/merge/mergers.h"

namespace millrace::kv::internal {
namespace {

using schema::TypeRoot;

struct Version {
  int64_t number;  // milliseconds of a timestamp
  int32_t nanos;

  auto operator<=>(const Version&) const = default;
};

class Versioned final : public MergerWithDeletes {
 public:
  Versioned(size_t column, TypeRoot type, schema::DeleteBehavior deletes)
      : MergerWithDeletes(deletes), column_(column), type_(type) {}

  Result<Upserted> Update(Row old, Row sent, MutableRow) override {
    return VersionOf(old) <= VersionOf(sent) ? Upserted::kTaken : Upserted::kKept;
  }
  Result<Upserted> Insert(Row, MutableRow) override { return Upserted::kTaken; }
  Result<Deleted> Delete(Row, MutableRow) override { return Deleted::kKept; }
  bool reads_old_row() const override { return true; }

 private:
  // NULL is the lowest value of the type: as old as that value, not older.
  Version VersionOf(Row row) const {
    const schema::Cell& cell = row[column_];
    if (type_ == TypeRoot::kInteger) {
      return {cell.is_null() ? std::numeric_limits<int32_t>::min() : cell.number(), 0};
    }
    if (cell.is_null()) return {std::numeric_limits<int64_t>::min(), 0};
    if (type_ == TypeRoot::kBigInt) return {cell.number(), 0};
    return {cell.timestamp_ms(), cell.timestamp_nanos()};
  }

  size_t column_;
  TypeRoot type_;
};

bool CanBeVersion(TypeRoot type) {
  return type == TypeRoot::kInteger || type == TypeRoot::kBigInt || type == TypeRoot::kTimestamp ||
         type == TypeRoot::kTimestampLtz;
}

}  // namespace

Result<std::unique_ptr<RowMerger>> MakeVersioned(const schema::Schema& latest,
                                                 std::string_view version_column,
                                                 schema::DeleteBehavior deletes) {
  std::optional<int> column = latest.ColumnIndex(version_column);
  std::string name(version_column);
  if (!column) {
    return Error{ErrorCode::kInvalidConfig,
                 "the version column '" + name + "' of the versioned merge engine does not exist"};
  }
  const schema::DataType& type = latest.columns[*column].type;
  if (!CanBeVersion(type.root)) {
    return Error{ErrorCode::kInvalidConfig,
                 "the version column '" + name +
                     "' must be of type INT, BIGINT, TIMESTAMP or TIMESTAMP_LTZ, not " +
                     type.ToString()};
  }
  return std::make_unique<Versioned>(*column, type.root, deletes);
}

}  // namespace millrace::kv::internal
