// A file system in memory, for targets that fill a directory anew for each input.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/disk.h"

namespace millrace::fuzz {

class MemoryDisk final : public runtime::Disk {
 public:
  // By path. Copies of it share nothing with the disk.
  using Files = std::map<std::string, std::string>;

  explicit MemoryDisk(const Files& files = {}) {
    for (const auto& [path, content] : files) files_[path] = std::make_shared<std::string>(content);
  }
  Files files() const {
    Files files;
    for (const auto& [path, content] : files_) files[path] = *content;
    return files;
  }

  Result<std::shared_ptr<runtime::File>> Open(const std::string& path,
                                              runtime::OpenMode mode) override {
    auto& content = files_[path];
    if (!content && mode != runtime::OpenMode::kCreate) {
      files_.erase(path);
      return Error{ErrorCode::kStorage, "open " + path + ": no such file"};
    }
    if (!content) content = std::make_shared<std::string>();
    return std::make_shared<MemoryFile>(path, content);
  }
  bool Exists(const std::string& path) override {
    auto inside = files_.lower_bound(path + "/");
    return path == "/" || files_.contains(path) || directories_.contains(path) ||
           (inside != files_.end() && inside->first.starts_with(path + "/"));
  }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    std::vector<std::string> names;
    std::string prefix = directory + "/";
    for (const auto& [path, content] : files_) {
      if (!path.starts_with(prefix)) continue;
      std::string name = path.substr(prefix.size());
      name = name.substr(0, name.find('/'));
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }
  Result<void> CreateDirectories(const std::string& directory) override {
    for (size_t end = 1; end != std::string::npos;) {
      end = directory.find('/', end + 1);
      directories_.insert(directory.substr(0, end));
    }
    return {};
  }
  Result<void> Remove(const std::string& path) override {
    files_.erase(path);
    return {};
  }
  Result<void> RemoveAll(const std::string& directory) override {
    std::erase_if(files_,
                  [&](const auto& file) { return file.first.starts_with(directory + "/"); });
    return {};
  }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    auto file = files_.extract(from);
    if (!file) return Error{ErrorCode::kStorage, "rename " + from + ": no such file"};
    files_.insert_or_assign(to, std::move(file.mapped()));
    return {};
  }
  Result<void> SyncDirectory(const std::string&) override { return {}; }
  Result<runtime::DiskSpace> Space(const std::string&) override {
    return runtime::DiskSpace{1 << 30, 1 << 29};
  }

 private:
  class MemoryFile final : public runtime::File {
   public:
    MemoryFile(std::string path, std::shared_ptr<std::string> content)
        : path_(std::move(path)), content_(std::move(content)) {}

    const std::string& path() const override { return path_; }
    int descriptor() const override { return -1; }
    Result<uint64_t> Size() const override { return content_->size(); }
    Result<size_t> Read(uint64_t position, MutableBytes to) const override {
      if (position >= content_->size()) return size_t{0};
      Bytes there = AsBytes(*content_).subspan(position);
      there = there.first(std::min(there.size(), to.size()));
      std::ranges::copy(there, to.begin());
      return there.size();
    }
    Result<size_t> ReadCached(uint64_t position, MutableBytes to) const override {
      return Read(position, to);
    }
    Result<void> Write(uint64_t position, Bytes from) override {
      if (position + from.size() > kFileSizeMax)
        return Error{ErrorCode::kStorage, path_ + ": no space"};
      content_->resize(std::max<size_t>(content_->size(), position + from.size()));
      std::ranges::copy(AsText(from), content_->begin() + static_cast<ptrdiff_t>(position));
      return {};
    }
    Result<void> SyncData() override { return {}; }
    Result<void> Truncate(uint64_t size) override {
      if (size > kFileSizeMax) return Error{ErrorCode::kStorage, path_ + ": no space"};
      content_->resize(size);
      return {};
    }

   private:
    static constexpr uint64_t kFileSizeMax = 16 << 20;
    const std::string path_;
    std::shared_ptr<std::string> content_;
  };

  std::map<std::string, std::shared_ptr<std::string>> files_;
  std::set<std::string> directories_;  // those made; others are there by what they hold
};

}  // namespace millrace::fuzz
