// Small text helpers of this folder. All ASCII; bytes above 0x7f pass through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::schema {

std::string_view Trimmed(std::string_view text);  // without whitespace at both ends
bool IsBlank(std::string_view text);              // empty, or only whitespace
std::string LowerCase(std::string_view text);
std::string UpperCase(std::string_view text);

// "[a, b]"
std::string Joined(const std::vector<std::string>& items);

}  // namespace millrace::schema
