#include "model/json_stream.h"

#include <gtest/gtest.h>

namespace crossguard {
namespace {

class Trace final : public JsonHandler {
 public:
  Status StartObject() override { return Add("{"); }
  Status EndObject() override { return Add("}"); }
  Status StartArray() override { return Add("["); }
  Status EndArray() override { return Add("]"); }
  Status Key(std::string_view name) override { return Add(std::string(name) + ":"); }
  Status Text(std::string_view value, bool cut) override {
    return Add("'" + std::string(value) + (cut ? "'cut" : "'"));
  }
  Status Number(std::string_view digits) override { return Add(std::string(digits)); }
  Status Bool(bool value) override { return Add(value ? "true" : "false"); }
  Status Null() override { return Add("null"); }
  std::string text;

 private:
  Status Add(const std::string& word) {
    text += word + " ";
    return {};
  }
};

std::string Read(std::string_view json, JsonLimits limits = {}) {
  Trace trace;
  const Status status = ReadJson(AsBytes(json), limits, trace);
  return status ? trace.text : "error " + std::string(Name(status.error().code));
}

TEST(JsonStream, TellsEachEventInOrder) {
  EXPECT_EQ(Read("\xEF\xBB\xBF {\"a\":[1,-2,0.5,\"\\u00e9\"],\"b\":null,\"c\":true}\n"),
            "{ a: [ 1 -2 0.5 'é' ] b: null c: true } ");
}

TEST(JsonStream, ADeepDocumentIsRefusedBeforeItIsStored) {
  EXPECT_EQ(Read(std::string(33, '[') + std::string(33, ']')), "error exhausted");
  EXPECT_EQ(Read(std::string(100'000'000, '[')), "error exhausted");
  EXPECT_NE(Read(std::string(32, '[') + std::string(32, ']')), "error exhausted");
}

TEST(JsonStream, ALongStringIsCutAndTheRestStillReads) {
  const JsonLimits limits{.token_max_bytes = 8};
  EXPECT_EQ(Read("[\"0123456789abcdef\\\"]\",\"x\"]", limits), "[ '01234567'cut 'x' ] ");
  EXPECT_EQ(Read("[\"" + std::string(1'000'000, 'y') + "\",1]", limits), "[ 'yyyyyyyy'cut 1 ] ");
  // Cut between characters, never inside one.
  EXPECT_EQ(Read("[\"1234567\xC3\xA9xyz\"]", limits), "[ '1234567é'cut ] ");
  EXPECT_EQ(Read("[\"12345\\ud83d\\ude00xyzxyzxyz\"]", limits).substr(0, 10), "[ '12345\xF0\x9F");
}

TEST(JsonStream, BrokenDocumentsAreRefused) {
  for (const char* bad : {"", "{", "[1,", "{\"a\"}", "[1]x", "\"\x80\"", "[\"open", "nul", "[01]", "{\"a\":1,}"}) {
    EXPECT_EQ(Read(bad), "error invalid") << bad;
  }
  EXPECT_EQ(Read("[" + std::string(5'000, '7') + "]"), "error invalid");
}

TEST(JsonStream, TheHandlerMayStopIt) {
  class Stop final : public JsonHandler {
   public:
    Status StartObject() override { return {}; }
    Status EndObject() override { return {}; }
    Status StartArray() override { return {}; }
    Status EndArray() override { return {}; }
    Status Key(std::string_view) override { return {}; }
    Status Text(std::string_view, bool) override { return {}; }
    Status Number(std::string_view) override { return Fail(Code::kConflict, "Enough."); }
    Status Bool(bool) override { return {}; }
    Status Null() override { return {}; }
  } stop;
  const Status status = ReadJson(AsBytes("[1,2"), {}, stop);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kConflict);
}

}  // namespace
}  // namespace crossguard
