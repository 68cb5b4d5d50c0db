// Aggregation functions that make a new value out of two (docs/formats/kv-merge.md): for the .cc
// files of this folder only.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "schema/cell.h"
#include "schema/schema.h"

namespace millrace::kv::internal {

// Of one column. Single-threaded.
class Aggregator {
 public:
  virtual ~Aggregator() = default;

  // Both are not NULL. The result is a view of one of them or of memory of the aggregator, valid
  // until the next call. Errors as of RowMerger::Update().
  virtual Result<schema::Cell> Merge(const schema::Cell& stored, const schema::Cell& sent) = 0;
};

// The column's function, which is none of those that only choose between two values (first_value,
// last_value and the like). kInvalidConfig if it doesn't take the column's type.
Result<std::unique_ptr<Aggregator>> MakeAggregator(const schema::Column& column);

// Null for a type that the function doesn't take.
std::unique_ptr<Aggregator> MakeSum(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeProduct(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeDecimalSum(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeDecimalProduct(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeMax(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeMin(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeBoolAnd(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeBoolOr(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeListAgg(const schema::DataType& type, std::string delimiter);
std::unique_ptr<Aggregator> MakeBitmap32(const schema::DataType& type);
std::unique_ptr<Aggregator> MakeBitmap64(const schema::DataType& type);

// For functions that neither fail nor need memory.
template <class Function>
class SimpleAggregator final : public Aggregator {
 public:
  explicit SimpleAggregator(Function function = {}) : function_(function) {}
  Result<schema::Cell> Merge(const schema::Cell& stored, const schema::Cell& sent) override {
    return function_(stored, sent);
  }

 private:
  Function function_;
};

}  // namespace millrace::kv::internal
