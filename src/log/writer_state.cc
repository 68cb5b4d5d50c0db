#include "log/writer_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace millrace::log {

void WriterState::Entry::Add(const Batch& batch) {
  batches[next] = batch;
  next = (next + 1) % kBatchesKept;
  count = std::min<uint8_t>(count + 1, kBatchesKept);
}

std::optional<WriterState::Batch> WriterState::FindDuplicate(WriterId writer,
                                                             int32_t sequence) const {
  auto it = writers_.find(writer);
  if (it == writers_.end()) return std::nullopt;
  const auto& entry = it->second;
  for (size_t i = 1; i <= entry.count; i++) {
    const auto& batch = entry.batches[(entry.next + kBatchesKept - i) % kBatchesKept];
    if (batch.sequence == sequence) return batch;
  }
  return std::nullopt;
}

std::optional<int32_t> WriterState::LastSequence(WriterId writer) const {
  auto it = writers_.find(writer);
  if (it == writers_.end()) return std::nullopt;
  return it->second.last().sequence;
}

bool WriterState::MayFollow(std::optional<int32_t> last, int32_t sequence) {
  return sequence == (!last || *last == INT32_MAX ? 0 : *last + 1);
}

void WriterState::Appended(WriterId writer, const Batch& batch) {
  if (writer.value == record::kNoWriterId) return;
  auto& entry = writers_[writer];
  if (entry.count > 0 && !MayFollow(entry.last().sequence, batch.sequence)) entry = {};
  entry.Add(batch);
}

void WriterState::AdoptHistory(const WriterState& history) {
  for (auto& [writer, entry] : writers_) {
    auto it = history.writers_.find(writer);
    if (it == history.writers_.end()) continue;
    const auto &ours = entry.last(), &theirs = it->second.last();
    if (ours.sequence == theirs.sequence && ours.last == theirs.last) entry = it->second;
  }
}

void WriterState::Expire(TimestampMs oldest) {
  std::erase_if(writers_, [&](const auto& w) { return w.second.last().timestamp < oldest; });
}

std::string WriterState::ToSnapshot() const {
  std::vector<WriterId> ids;
  ids.reserve(writers_.size());
  for (const auto& [id, entry] : writers_) ids.push_back(id);
  std::ranges::sort(ids);
  std::string json = R"({"version":1,"writer_id_entries":[)";
  for (WriterId id : ids) {
    const auto& last = writers_.at(id).last();
    if (json.back() == '}') json += ',';
    // The third member holds the last offset, whatever its name says.
    json += fmt::format(
        R"({{"writer_id":{},"last_batch_sequence":{},"last_batch_base_offset":{},"offset_delta":{},)"
        R"("last_batch_timestamp":{}}})",
        id.value, last.sequence, last.last.value, last.last - last.base, last.timestamp.value);
  }
  return json + "]}";
}

Result<WriterState> WriterState::FromSnapshot(std::string_view json) {
  auto bad = [](std::string_view why) {
    return Error{ErrorCode::kLogStorage, fmt::format("no writer snapshot: {}", why)};
  };
  auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return bad("not a JSON object");
  auto entries = parsed.find("writer_id_entries");
  if (entries == parsed.end() || !entries->is_array()) return bad("no writer_id_entries");
  WriterState state;
  for (const auto& entry : *entries) {
    if (!entry.is_object()) return bad("an entry that is no object");
    static constexpr std::array kKeys = {"writer_id", "last_batch_sequence",
                                         "last_batch_base_offset", "offset_delta",
                                         "last_batch_timestamp"};
    std::array<int64_t, kKeys.size()> values;
    for (size_t i = 0; i < values.size(); i++) {
      auto member = entry.find(kKeys[i]);
      if (member == entry.end() || !member->is_number_integer() ||
          (member->is_number_unsigned() && member->get<uint64_t>() > INT64_MAX)) {
        return bad(fmt::format("an entry without {}", kKeys[i]));
      }
      values[i] = member->get<int64_t>();
    }
    auto [writer, sequence, last, delta, timestamp] = values;
    if (sequence < 0 || sequence > INT32_MAX || delta < 0 || last < delta) {
      return bad(fmt::format("an impossible entry of writer {}", writer));
    }
    state.Appended({writer}, {static_cast<int32_t>(sequence), {last - delta}, {last}, {timestamp}});
  }
  return state;
}

}  // namespace millrace::log
