// Options: what can be configured, declared once, one row per key. A module declares its rows
// beside its code and gets a struct of values or a live binding; cli/ joins all rows, parses
// server.yaml against them and hands the values out. Help, docs/configuration.md and
// DESCRIBE_CLUSTER_CONFIGS print the same rows. There is no global accessor.
#pragma once

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/option_row.h"
#include "base/result.h"

namespace millrace {

enum class OptionSource { kDefault, kFile, kDynamic };

// The value of a reloadable option at the time of the call. Any thread; the Options must outlive
// it.
template <class T>
class LiveOption {
 public:
  explicit LiveOption(const std::atomic<int64_t>* cell) : cell_(cell) {}
  T operator()() const {
    const int64_t value = cell_->load(std::memory_order_relaxed);
    if constexpr (std::is_same_v<T, double>) {
      return std::bit_cast<double>(value);
    } else {
      return static_cast<T>(value);
    }
  }

 private:
  const std::atomic<int64_t>* cell_;
};

// The values of a set of rows. Belongs to one thread, except for its LiveOptions.
//
// Getters take the row the value was declared with. Asking for a row that was not given to Parse,
// by a getter of another type, or for the number of an unset row, is a broken invariant and stops
// the process.
class Options {
 public:
  // Values of `rows` from `given` (key to text) or their defaults. The rows must outlive the
  // result.
  //
  // An unknown key is no error: `warnings` gets a line with the nearest known key, and so it does
  // for a key that is known but has no effect. A value that can not be read, is out of bounds or is
  // none of the choices fails with kConfig, naming key, value and expected form.
  static Result<Options> Parse(OptionRows rows, const std::map<std::string, std::string>& given,
                               std::vector<std::string>* warnings);
  // The defaults, for tests.
  static Options Defaults(OptionRows rows);

  Options(Options&&) noexcept;
  Options& operator=(Options&&) noexcept;
  ~Options();

  bool IsSet(const OptionRow& row) const;
  OptionSource Source(const OptionRow& row) const;
  bool Bool(const OptionRow& row) const;
  int64_t Int(const OptionRow& row) const;
  double Double(const OptionRow& row) const;
  std::chrono::milliseconds Duration(const OptionRow& row) const;
  uint64_t Bytes(const OptionRow& row) const;
  // Of kString, and of kEnum in the spelling of its row.
  const std::string& Text(const OptionRow& row) const;
  const std::vector<std::string>& List(const OptionRow& row) const;
  // Of kMap, and of a row whose key ends in ".*".
  const std::map<std::string, std::string>& Map(const OptionRow& row) const;

  LiveOption<bool> LiveBool(const OptionRow& row) const;
  LiveOption<int64_t> LiveInt(const OptionRow& row) const;
  LiveOption<double> LiveDouble(const OptionRow& row) const;
  LiveOption<std::chrono::milliseconds> LiveDuration(const OptionRow& row) const;
  LiveOption<uint64_t> LiveBytes(const OptionRow& row) const;

  // The row that takes this key; null when there is none.
  const OptionRow* Find(std::string_view key) const;

  // Checks a change while running: kConfig when the key is unknown, not reloadable, or the value is
  // bad.
  Result<void> CheckDynamic(std::string_view key, std::string_view text) const;
  // Checks, then sets for getters and live bindings at once.
  Result<void> SetDynamic(std::string_view key, std::string_view text);
  // Goes back to the value of the file or the default. Of a key that was not set: does nothing.
  void ResetDynamic(std::string_view key);

  struct Entry {
    std::string key;
    std::string value;  // stars for a secret
    OptionSource source;
    const OptionRow* row;
  };
  // Everything that has a value, by key; a ".*" row gives one entry per key given.
  std::vector<Entry> Entries() const;

 private:
  struct Value;
  struct State;

  explicit Options(std::unique_ptr<State> state);
  const Value& Get(const OptionRow& row, OptionType type) const;
  const std::atomic<int64_t>* Cell(const OptionRow& row, OptionType type) const;

  std::unique_ptr<State> state_;
};

}  // namespace millrace
