// Result<T>: a value or an Error. The one error idiom of this code base.
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace millrace {

// std::expected that must be looked at, and that an Error converts to by itself.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpected(std::move(error))) {}
};

}  // namespace millrace

// Returns the Error of `expr` from the enclosing function, if it has one.
#define TRY(expr) \
  if (auto try_result = (expr); !try_result) return std::move(try_result).error()
// The same in a coroutine. Declaration macros: a statement expression with co_await crashes g++ 12.
#define CO_TRY(expr) \
  if (auto try_result = (expr); !try_result) co_return std::move(try_result).error()

// TRY_ASSIGN(auto x, F()): declares (or assigns) x from the value of F(), or returns its Error.
#define TRY_ASSIGN(target, expr) \
  MILLRACE_TRY_ASSIGN(MILLRACE_CONCAT(try_result_, __LINE__), target, expr, return)
#define CO_TRY_ASSIGN(target, expr) \
  MILLRACE_TRY_ASSIGN(MILLRACE_CONCAT(try_result_, __LINE__), target, expr, co_return)

#define MILLRACE_TRY_ASSIGN(temporary, target, expr, leave) \
  auto temporary = (expr);                                  \
  if (!temporary) leave std::move(temporary).error();       \
  target = *std::move(temporary)
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_2(a, b)
#define MILLRACE_CONCAT_2(a, b) a##b
