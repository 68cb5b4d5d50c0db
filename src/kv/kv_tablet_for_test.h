// A KvTablet with its log over a disk with faults, for tests: what is written, read and found again
// after a restart.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kv/kv_tablet.h"
#include "log/faulty_disk_for_test.h"
#include "record/batch_reader.h"
#include "record/changelog_reader.h"
#include "runtime/runtime.h"

namespace millrace::kv {

using runtime::Task;

// A row of (id INT, name STRING, v BIGINT).
struct TestRow {
  int id;
  std::optional<std::string> name;
  std::optional<int64_t> v;

  bool operator==(const TestRow&) const = default;
};
inline std::string Show(const TestRow& row) {
  return std::to_string(row.id) + "," + row.name.value_or("-") + "," +
         (row.v ? std::to_string(*row.v) : std::string("-"));
}

// What one put writes: rows, and ids of rows that are deleted.
struct TestPut {
  struct Change {
    TestRow row;
    bool is_delete = false;
  };
  std::vector<Change> changes;
  int64_t writer = record::kNoWriterId;
  int32_t sequence = record::kNoSequence;
  std::vector<int32_t> targets = {};
  MergeMode mode = MergeMode::kDefault;

  TestPut& Upsert(int id, std::optional<std::string> name, std::optional<int64_t> v) {
    changes.push_back({{id, std::move(name), v}});
    return *this;
  }
  TestPut& Delete(int id) {
    changes.push_back({{id, std::nullopt, std::nullopt}, true});
    return *this;
  }
};

class KvTabletTest : public testing::Test {
 protected:
  KvTabletTest() {
    directory_ = testing::TempDir() + "/kv-tablet-test-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    SetTable({});
  }
  ~KvTabletTest() override {
    Drop();
    std::filesystem::remove_all(directory_);
  }

  // Before Open(): the table's properties.
  void SetTable(const schema::Properties& properties) {
    using schema::DataType, schema::TypeRoot;
    std::vector<schema::Column> columns = {{"id", DataType::Of(TypeRoot::kInteger).NotNull()},
                                           {"name", DataType::Of(TypeRoot::kString)},
                                           {"v", DataType::Of(TypeRoot::kBigInt)}};
    auto schema = schema::MakeSchema(columns, {"id"}, auto_increment_);
    ASSERT_TRUE(schema) << schema.error().message;
    auto config = schema::ParseTableConfig(properties);
    ASSERT_TRUE(config) << config.error().message;
    SchemaMap schemas = {{SchemaId{1}, std::make_shared<const schema::Schema>(*schema)}};
    format_ = std::make_shared<const TableFormat>(TablePath{"db", "t"}, schemas, *config,
                                                  std::vector<std::string>{"id"},
                                                  std::vector<std::string>{});
  }

  void Open(bool clean = false) {
    auto log = log::LogTablet::Open(disk_, runtime_.blocking_pool(), kBucket, directory_ + "/log-0",
                                    {}, {0}, clean, {1000});
    ASSERT_TRUE(log) << log.error().message;
    log_ = std::move(*log);
    KvTablet::Environment environment = {disk_, runtime_.blocking_pool(), resources_,
                                         [this](int64_t count) { return TakeIds(count); },
                                         tablet_options_};
    tablet_ = std::make_unique<KvTablet>(directory_ + "/kv-0", format_, *log_, environment);
  }
  // As if the process had been killed.
  void Drop() {
    tablet_ = nullptr;
    log_ = nullptr;
    for (int i = 0; i < 2; i++) Wait(runtime_.blocking_pool().Run([] { return true; }));
  }
  void Close() {
    auto closed = Wait(tablet_->Close());
    EXPECT_TRUE(closed) << closed.error().message;
    auto log_closed = Wait(log_->Close());
    EXPECT_TRUE(log_closed) << log_closed.error().message;
    tablet_ = nullptr;
    log_ = nullptr;
  }
  Task<Result<IdRange>> TakeIds(int64_t count) {
    IdRange range = {next_id_, next_id_ + count - 1};
    next_id_ += count;
    co_return range;
  }

  std::string KeyOf(int id) const {
    std::vector<schema::Cell> cells(3);
    cells[0] = schema::Cell::Number(id);
    std::string key;
    format_->EncodeKey(cells, key);
    return key;
  }
  std::string RowOf(const TestRow& row) const {
    std::vector<schema::Cell> cells(3);
    cells[0] = schema::Cell::Number(row.id);
    if (row.name) cells[1] = schema::Cell::Of(AsBytes(*row.name));
    if (row.v) cells[2] = schema::Cell::Number(*row.v);
    std::string bytes;
    format_->EncodeRow(cells, bytes);
    return bytes;
  }
  static TestRow RowFrom(std::span<const schema::Cell> cells) {
    TestRow row;
    row.id = static_cast<int>(cells[0].number());
    if (!cells[1].is_null()) row.name = std::string(AsText(cells[1].bytes()));
    if (!cells[2].is_null()) row.v = cells[2].number();
    return row;
  }

  // Without Apply().
  Result<log::Appended> Append(const TestPut& put) {
    std::deque<std::string> bytes;
    PutRequest request = {.schema = {1},
                          .writer = {put.writer},
                          .sequence = put.sequence,
                          .targets = put.targets,
                          .mode = put.mode};
    for (const auto& change : put.changes) {
      bytes.push_back(KeyOf(change.row.id));
      record::KvRecord record = {AsBytes(bytes.back()), std::nullopt};
      if (!change.is_delete) {
        bytes.push_back(RowOf(change.row));
        record.row = AsBytes(bytes.back());
      }
      request.records.push_back(record);
    }
    return Wait(tablet_->Put(request));
  }
  void Apply() {
    auto applied = Wait(tablet_->Apply(log_->end_offset()));
    EXPECT_TRUE(applied) << applied.error().message;
  }
  // The end of the changelog behind the put, or minus the error's code.
  int64_t Put(const TestPut& put) {
    auto appended = Append(put);
    Apply();
    return appended ? appended->last_offset.value + 1
                    : -static_cast<int64_t>(appended.error().code);
  }

  // "id,name,v", or "none".
  std::string Get(int id) {
    std::string key = KeyOf(id);
    Bytes keys[] = {AsBytes(key)};
    FoundValues values;
    auto found = Wait(tablet_->Lookup(keys, values));
    if (!found) return found.error().message;
    if (!values[0]) return "none";
    std::vector<schema::Cell> cells(3);
    auto decoded = format_->DecodeValue(*values[0], cells);
    return decoded ? Show(RowFrom(cells)) : decoded.error().message;
  }
  std::map<int, TestRow> AllRows() {
    std::map<int, TestRow> rows;
    auto scan = Wait(tablet_->NewScan());
    EXPECT_TRUE(scan) << scan.error().message;
    for (; scan && scan->scan->Valid(); scan->scan->Next()) {
      std::vector<schema::Cell> cells(3);
      EXPECT_TRUE(format_->DecodeValue(scan->scan->value().subspan(scan->skip), cells));
      auto row = RowFrom(cells);
      rows.emplace(row.id, row);
    }
    return rows;
  }

  // Each record of the log from `from` on: "+I 1,a,2". An empty batch is "empty".
  std::vector<std::string> Changelog(int64_t from = 0) {
    static constexpr std::string_view kNames[] = {"+A", "+I", "-U", "+U", "-D"};
    std::vector<std::string> changes;
    ForEachBatch(from, [&](const record::LogBatch& batch) {
      EXPECT_TRUE(batch.CrcValid());
      if (batch.record_count() == 0) return changes.emplace_back("empty"), void();
      record::ChangelogReader reader(format_->latest(), format_->config());
      auto opened = reader.Open(batch);
      ASSERT_TRUE(opened) << opened.error().message;
      while (true) {
        auto record = reader.Next();
        ASSERT_TRUE(record) << record.error().message;
        if (!*record) return;
        changes.push_back(std::string(kNames[static_cast<int>((*record)->change)]) + " " +
                          Show(RowFrom((*record)->cells)));
      }
    });
    return changes;
  }
  // The rows that the whole changelog makes.
  std::map<int, TestRow> RowsOfChangelog() {
    std::map<int, TestRow> rows;
    ForEachBatch(0, [&](const record::LogBatch& batch) {
      if (batch.record_count() == 0) return;
      record::ChangelogReader reader(format_->latest(), format_->config());
      ASSERT_TRUE(reader.Open(batch));
      while (true) {
        auto record = reader.Next();
        ASSERT_TRUE(record);
        if (!*record) return;
        auto row = RowFrom((*record)->cells);
        rows.erase(row.id);
        bool is_there = (*record)->change == record::ChangeType::kInsert ||
                        (*record)->change == record::ChangeType::kUpdateAfter;
        if (is_there) rows.emplace(row.id, row);
      }
    });
    return rows;
  }

  template <class T>
  T Wait(Task<T> task) {
    std::optional<T> result;
    runtime_.BlockOn(Store(std::move(task), result));
    return std::move(*result);
  }
  template <class T>
  static Task<> Store(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }

  template <class Visit>
  void ForEachBatch(int64_t from, Visit visit) {
    Offset at = {from};
    while (at < log_->end_offset()) {
      auto slice = Wait(log_->Read(at, log_->end_offset(), 1 << 20, true));
      ASSERT_TRUE(slice) << slice.error().message;
      std::string bytes(slice->range.size, '\0');
      ASSERT_TRUE(slice->range.file->Read(
          slice->range.position, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()}));
      record::BatchIterator batches(AsBytes(bytes));
      while (true) {
        auto batch = batches.Next();
        ASSERT_TRUE(batch);
        if (!*batch) break;
        visit(**batch);
      }
      at = slice->end;
    }
  }

  static constexpr TableBucket kBucket = {{1}, std::nullopt, {0}};

  runtime::Runtime runtime_{1, 2};
  log::FaultyDisk disk_;
  StoreResources resources_{{}};
  std::string directory_;
  std::vector<std::string> auto_increment_;
  TabletOptions tablet_options_;
  int64_t next_id_ = 1;
  std::shared_ptr<const TableFormat> format_;
  std::unique_ptr<log::LogTablet> log_;
  std::unique_ptr<KvTablet> tablet_;
};

}  // namespace millrace::kv
