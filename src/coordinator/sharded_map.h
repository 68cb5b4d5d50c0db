// An immutable hash map whose copies share what they have in common: changing one entry of a map of
// 10,000 copies about 40 entries and 256 pointers.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace millrace::coordinator {

template <class Key, class Value>
class ShardedMap {
 public:
  // Null when there is no such key. The pointer lives as long as this map or a copy of it.
  const Value* Find(const Key& key) const {
    const auto& part = parts_[PartOf(key)];
    if (!part) return nullptr;
    auto found = part->find(key);
    return found == part->end() ? nullptr : &found->second;
  }

  void Set(const Key& key, Value value) {
    Part part = CopyOfPart(key);
    size_ += part.insert_or_assign(key, std::move(value)).second;
    parts_[PartOf(key)] = std::make_shared<const Part>(std::move(part));
  }

  void Erase(const Key& key) {
    if (!Find(key)) return;
    Part part = CopyOfPart(key);
    part.erase(key);
    size_--;
    parts_[PartOf(key)] = part.empty() ? nullptr : std::make_shared<const Part>(std::move(part));
  }

  size_t size() const { return size_; }

  // In no particular order.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (const auto& part : parts_) {
      if (!part) continue;
      for (const auto& [key, value] : *part) visit(key, value);
    }
  }

 private:
  using Part = std::unordered_map<Key, Value>;

  static size_t PartOf(const Key& key) {
    // Fibonacci hashing: std::hash of an integer is the integer.
    return (std::hash<Key>()(key) * 0x9e3779b97f4a7c15ULL) >> 56;
  }
  Part CopyOfPart(const Key& key) const {
    const auto& part = parts_[PartOf(key)];
    return part ? *part : Part();
  }

  std::array<std::shared_ptr<const Part>, 256> parts_;
  size_t size_ = 0;
};

}  // namespace millrace::coordinator
