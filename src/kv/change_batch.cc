#include "kv/change_batch.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "base/endian.h"

namespace millrace::kv {
namespace {

bool Same(Bytes a, Bytes b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

uint64_t HashOfKey(Bytes key) {
  return std::hash<std::string_view>()(AsText(key));
}

Bytes Arena::Copy(Bytes a, Bytes b) {
  size_t size = a.size() + b.size();
  if (size > left_) {
    size_t chunk = std::max(kChunk, size);
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk));
    next_ = chunks_.back().get();
    left_ = chunk;
    size_bytes_ += chunk;
  }
  std::byte* to = next_;
  if (!a.empty()) std::memcpy(to, a.data(), a.size());
  if (!b.empty()) std::memcpy(to + a.size(), b.data(), b.size());
  next_ += size;
  left_ -= size;
  return {to, size};
}

void KeyStates::Reset(size_t most) {
  states_.clear();
  states_.reserve(most);
  // At most half full, so that a search is short.
  slots_.assign(std::bit_ceil(most * 2 + 1), 0);
}

KeyState& KeyStates::FindOrAdd(Bytes key, bool& added) {
  uint64_t hash = HashOfKey(key);
  size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    if (slots_[at] == 0) {
      states_.push_back({hash, key, std::nullopt, false});
      slots_[at] = static_cast<uint32_t>(states_.size());
      added = true;
      return states_.back();
    }
    auto& state = states_[slots_[at] - 1];
    if (state.hash != hash || !Same(state.key, key)) continue;
    added = false;
    return state;
  }
}

const KeyState* KeyStates::Find(uint64_t hash, Bytes key) const {
  if (states_.empty()) return nullptr;
  size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const auto& state = states_[slots_[at] - 1];
    if (state.hash == hash && Same(state.key, key)) return &state;
  }
  return nullptr;
}

void KeyStates::Sort() {
  // Mostly the first bytes decide.
  std::vector<std::pair<uint64_t, uint32_t>> prefixes(states_.size());
  for (size_t i = 0; i < states_.size(); i++) {
    Bytes key = states_[i].key;
    std::byte prefix[sizeof(uint64_t)] = {};
    if (!key.empty()) std::memcpy(prefix, key.data(), std::min(key.size(), sizeof(prefix)));
    prefixes[i] = {LoadBig<uint64_t>(prefix), static_cast<uint32_t>(i)};
  }
  std::sort(prefixes.begin(), prefixes.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return AsText(states_[a.second].key) < AsText(states_[b.second].key);
  });
  sorted_.resize(states_.size());
  for (size_t i = 0; i < prefixes.size(); i++) sorted_[i] = prefixes[i].second;
}

const KeyState* PreWriteBuffer::Find(uint64_t hash, Bytes key,
                                     std::shared_ptr<const ChangeBatch>& holder) const {
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
    const auto* state = (*batch)->keys.Find(hash, key);
    if (!state || !state->changed) continue;
    holder = *batch;
    return state;
  }
  return nullptr;
}

}  // namespace millrace::kv
