#include "protocol/frame.h"

#include <gtest/gtest.h>

#include "protocol/error_message.h"
#include "protocol/test_bytes.h"

namespace millrace::protocol {
namespace {

TEST(Frame, LengthLimits) {
  struct Case {
    int32_t length;
    uint32_t limit;
    bool valid;
  };
  const Case cases[] = {
      {8, kDefaultRequestSizeMax, true},
      {7, kDefaultRequestSizeMax, false},
      {0, kDefaultRequestSizeMax, false},
      {-1, kDefaultRequestSizeMax, false},
      {INT32_MIN, kDefaultRequestSizeMax, false},
      {INT32_MAX, kDefaultRequestSizeMax, false},
      {104857596, kDefaultRequestSizeMax, true},  // with its length field exactly the limit
      {104857597, kDefaultRequestSizeMax, false},
      {100, 104, true},
      {101, 104, false},
      {INT32_MAX, UINT32_MAX, true},
      {-5, UINT32_MAX, true},  // 4294967291 and its length field
      {-4, UINT32_MAX, false},
  };
  for (const Case& c : cases) {
    auto size = CheckFrameLength(c.length, c.limit);
    EXPECT_EQ(size.has_value(), c.valid) << c.length << " of " << c.limit;
    if (size) {
      EXPECT_EQ(*size, static_cast<uint32_t>(c.length));
    } else {
      EXPECT_EQ(size.error().code, ErrorCode::kUnknownServerError);
    }
  }
}

TEST(Frame, LengthErrorsNameTheNumbers) {
  EXPECT_EQ(CheckFrameLength(-1, 1000).error().message,
            "a frame of 4294967299 bytes is larger than the allowed 1000");
  EXPECT_EQ(CheckFrameLength(7, 1000).error().message,
            "a frame length of 7 has no room for the request header of 8 bytes");
}

TEST(Frame, RequestHeader) {
  struct Case {
    std::string_view frame;
    RequestHeader header;
  };
  const Case cases[] = {
      {"03e8 0000 00000000", {1000, 0, 0}},
      {"03f8 0001 00000003", {1016, 1, 3}},
      {"ffff fffd fffffff9 0a05", {-1, -3, -7}},
  };
  for (const Case& c : cases) {
    std::string frame = Unhex(c.frame);
    EXPECT_EQ(ParseRequestHeader(AsBytes(frame)), c.header) << c.frame;
  }
}

TEST(Frame, Request) {
  EXPECT_EQ(RequestFrame({1000, 0, 0}, Unhex("0a05 666c757373 1205 302e312e30")),
            Unhex("00000016 03e8 0000 00000000 0a05 666c757373 1205 302e312e30"));
  EXPECT_EQ(RequestFrame({1012, 0, 1}, ""), Unhex("00000008 03f4 0000 00000001"));
}

TEST(Frame, Success) {
  EXPECT_EQ(SuccessFrame(1, Unhex("081a")), Unhex("00000007 00 00000001 081a"));
  EXPECT_EQ(SuccessFrame(2, ""), Unhex("00000005 00 00000002"));
  EXPECT_EQ(Hex(AsText(SuccessHead(-7, 0x122))), "0000012700fffffff9");
  EXPECT_EQ(Hex(AsText(SuccessHead(0, kResponseBodySizeMax))), "7fffffff0000000000");
}

TEST(Frame, SuccessLargerThanALengthStopsTheProcess) {
  EXPECT_DEATH(SuccessHead(0, kResponseBodySizeMax + 1), "larger than a frame's length");
}

TEST(Frame, Error) {
  EXPECT_EQ(ErrorFrame(8, {ErrorCode::kInvalidRequiredAcks, "Invalid required acks: 2"}),
            Unhex("00000021 01 00000008 0812 1218") + "Invalid required acks: 2");
  EXPECT_EQ(ErrorFrame(8, {ErrorCode::kTableNotExist, "Table 'wd.nope' does not exist."}),
            Unhex("00000028 01 00000008 0807 121f") + "Table 'wd.nope' does not exist.");
  EXPECT_EQ(ErrorFrame(1, {ErrorCode::kAuthenticate,
                           "Authentication failed: Invalid username or password"}),
            Unhex("0000003c 01 00000001 082e 1233") +
                "Authentication failed: Invalid username or password");
  // Without a message the client shows the code's own text.
  EXPECT_EQ(ErrorFrame(1, {ErrorCode::kUnknownServerError, ""}),
            Unhex("00000010 01 00000001 08 ffffffffffffffffff01"));
}

TEST(Frame, ServerFailureIsCutTo2048Characters) {
  EXPECT_EQ(ServerFailureFrame({ErrorCode::kUnknownServerError, std::string(5000, 'x')}),
            Unhex("0000080f 02 08 ffffffffffffffffff01 12 8010") + std::string(2048, 'x'));
}

TEST(WireMessage, IsValidUtf8OfAtMost2048Characters) {
  struct Case {
    std::string text, message;
  };
  std::string replaced = "\xEF\xBF\xBD";
  std::string euros;
  for (int i = 0; i < 3000; ++i) euros += "€";
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"\x7f\xc3\xa9€\xf0\x9f\x98\x80", "\x7f\xc3\xa9€\xf0\x9f\x98\x80"},
      {std::string(2049, 'x'), std::string(2048, 'x')},
      {euros, euros.substr(0, size_t{3} * 2048)},
      {"a\xff\x62", "a" + replaced + "b"},
      {"\x80", replaced},
      {"cut \xe2\x82", "cut " + replaced + replaced},
      {"\xc0\xaf", replaced + replaced},                 // overlong
      {"\xe0\x9f\xbf", replaced + replaced + replaced},  // overlong
      {"\xf0\x8f\xbf\xbf", replaced + replaced + replaced + replaced},
      {"\xed\xa0\x80", replaced + replaced + replaced},  // a surrogate
      {"\xed\x9f\xbf", "\xed\x9f\xbf"},
      {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},  // U+10FFFF
      {"\xf4\x90\x80\x80", replaced + replaced + replaced + replaced},
      {"\xf5", replaced},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
  };
  for (const Case& c : cases)
    EXPECT_EQ(WireMessage(c.text), c.message) << Hex(c.text).substr(0, 40);
}

}  // namespace
}  // namespace millrace::protocol
