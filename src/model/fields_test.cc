#include "model/fields.h"

#include <gtest/gtest.h>

namespace crossguard {
namespace {

using nlohmann::json;

const json kTask = {{"format", "crossguard-task/1"}, {"what", "Look again"}, {"due", "2022-03-02T00:00:00Z"}};

// The code with which one field of an object is refused; kNone where it is taken.
template <class Read>
std::optional<Code> Refused(const json& value, Read read) {
  const json object = {{"f", value}};
  const auto fields = Fields::Of(object, "It", {"f"});
  EXPECT_TRUE(fields);
  const auto out = read(*fields);
  return out ? std::nullopt : std::optional(out.error().code);
}

TEST(Fields, AreExactlyThoseOfTheFormat) {
  EXPECT_TRUE(Fields::OfFormat(kTask, "A task", "crossguard-task/1", {"what", "due"}));
  EXPECT_EQ(Fields::OfFormat(kTask, "A task", "crossguard-task/1", {"what"}).error().code, Code::kInvalid);
  EXPECT_EQ(Fields::OfFormat(kTask, "A task", "crossguard-task/1", {"what", "due", "who"}).error().code,
            Code::kInvalid);
  EXPECT_EQ(Fields::Of(json::array(), "A task", {}).error().code, Code::kInvalid);
  EXPECT_EQ(Fields::Of(json("text"), "A task", {"what"}).error().code, Code::kInvalid);
}

TEST(Fields, OfAnotherVersionAreSaidToBeSoBeforeTheirNamesAreLookedAt) {
  json later = kTask;
  later["format"] = "crossguard-task/2";
  later["urgency"] = "now";
  EXPECT_EQ(Fields::OfFormat(later, "A task", "crossguard-task/1", {"what", "due"}).error().code, Code::kUnsupported);
  later["format"] = "crossguard-lead/1";
  EXPECT_EQ(Fields::OfFormat(later, "A task", "crossguard-task/1", {"what", "due"}).error().code, Code::kInvalid);
  EXPECT_EQ(Fields::OfVersion({{"version", 2}, {"more", 1}}, "A body", {}).error().code, Code::kUnsupported);
  EXPECT_EQ(Fields::OfVersion({{"version", "1"}}, "A body", {}).error().code, Code::kInvalid);
  EXPECT_EQ(Fields::OfVersion(json::object(), "A body", {}).error().code, Code::kInvalid);
  EXPECT_TRUE(Fields::OfVersion({{"version", 1}}, "A body", {}));
}

TEST(Fields, OfALineHoldOneLineOfUtf8) {
  const auto line = [](const Fields& fields) { return fields.Line("f", 8); };
  EXPECT_EQ(Refused("as it is", line), std::nullopt);
  for (const json& bad : {json(""), json("   "), json("two\nlines"), json("ninebytes"), json("\x7F"), json(1), json()})
    EXPECT_EQ(Refused(bad, line), Code::kInvalid) << bad;
  EXPECT_EQ(Refused(std::string("\xC3"), line), Code::kInvalid);
  const auto line_or_empty = [](const Fields& fields) { return fields.LineOrEmpty("f", 8); };
  EXPECT_EQ(Refused("", line_or_empty), std::nullopt);
  EXPECT_EQ(Refused(json(), line_or_empty), Code::kInvalid);
}

TEST(Fields, TakeOneSpellingOfATimeADayAndADigest) {
  const auto time = [](const Fields& fields) { return fields.Time("f"); };
  EXPECT_EQ(Refused("2022-03-02T00:00:00Z", time), std::nullopt);
  EXPECT_EQ(Refused("2022-03-02T01:00:00+01:00", time), Code::kInvalid);
  EXPECT_EQ(Refused("2022-03-02", time), Code::kInvalid);
  const auto day = [](const Fields& fields) { return fields.Day("f"); };
  EXPECT_EQ(Refused("2022-03-02", day), std::nullopt);
  EXPECT_EQ(Refused("2022-02-30", day), Code::kInvalid);
  EXPECT_EQ(Refused("2022-3-2", day), Code::kInvalid);
  const auto digest = [](const Fields& fields) { return fields.Digest("f"); };
  EXPECT_EQ(Refused(std::string(64, 'a'), digest), std::nullopt);
  EXPECT_EQ(Refused(std::string(64, 'A'), digest), Code::kInvalid);
  EXPECT_EQ(Refused(std::string(63, 'a'), digest), Code::kInvalid);
}

TEST(Fields, CountFromNothingUpAndNoFurtherThan63Bits) {
  const auto count = [](const Fields& fields) { return fields.Count("f"); };
  EXPECT_EQ(Refused(0, count), std::nullopt);
  EXPECT_EQ(Refused(INT64_MAX, count), std::nullopt);
  for (const json& bad : {json(-1), json(uint64_t{1} << 63U), json(1.0), json("1"), json(true)})
    EXPECT_EQ(Refused(bad, count), Code::kInvalid) << bad;
}

TEST(Fields, TakeIdsOfTheirPrefixOnly) {
  const auto id = [](const Fields& fields) { return fields.Id("f", {"tsk", "dcf"}); };
  EXPECT_EQ(Refused("dcf-abcdefgh234567ab", id), std::nullopt);
  for (const char* bad :
       {"msg-abcdefgh234567ab", "dcf-abcdefgh234567a", "dcf-abcdefgh234567aB", "dcf-../defgh234567ab"})
    EXPECT_EQ(Refused(bad, id), Code::kInvalid) << bad;
  EXPECT_TRUE(IsAuthorityId("nz-dia"));
  for (const std::string_view bad : {"", "-nz", "NZ", "nz dia", "nz/dia"}) EXPECT_FALSE(IsAuthorityId(bad)) << bad;
  EXPECT_FALSE(IsAuthorityId(std::string(65, 'a')));
  const auto ids = [](const Fields& fields) { return fields.Ids("f", "msg", 1); };
  EXPECT_EQ(Refused({"msg-abcdefgh234567ab"}, ids), std::nullopt);
  EXPECT_EQ(Refused({"pkg-abcdefgh234567ab"}, ids), Code::kInvalid);
  EXPECT_EQ(Refused({"msg-abcdefgh234567ab", "msg-abcdefgh234567ab"}, ids), Code::kExhausted);
}

TEST(Fields, OfCanonicalJsonAloneAreRead) {
  EXPECT_TRUE(ReadCanonical(R"({"a":1,"b":[2]})", 100, "It"));
  EXPECT_EQ(ReadCanonical(R"({"b":[2],"a":1})", 100, "It").error().code, Code::kInvalid);
  EXPECT_EQ(ReadCanonical(R"({"a":1,"a":1})", 100, "It").error().code, Code::kInvalid);
  EXPECT_EQ(ReadCanonical(R"({"a":1})", 6, "It").error().code, Code::kExhausted);
  EXPECT_FALSE(ReadCanonical("{\"a\":" + std::string(100'000, '['), 1 << 20, "It")) << "bounded before it is built";
}

}  // namespace
}  // namespace crossguard
