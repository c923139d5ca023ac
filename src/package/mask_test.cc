#include "package/mask.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace crossguard {
namespace {

Needles NeedlesOf(std::initializer_list<const char*> texts) {
  Needles out;
  for (const char* text : texts) out.Add(text);
  return out;
}
int64_t LinesIn(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(Mask, AnXmlRecordBecomesACommentAndTheOthersStandWhereTheyStood) {
  const std::string before =
      "<report>\n<personOrUserReported><espIdentifier>u-gone-1</espIdentifier>\n<email>gone@mail.example</email>"
      "</personOrUserReported>\n<personOrUserReported><espIdentifier>u-kept-1</espIdentifier></personOrUserReported>"
      "<additionalInfo>Wrote to gone@mail.example.</additionalInfo></report>\n";
  std::string text = before;
  const Masking masking = MaskDocument(text, {"u-gone-1"}, NeedlesOf({"gone@mail.example"}));
  EXPECT_EQ(masking.record_count, 1);
  EXPECT_EQ(masking.value_count, 1);
  EXPECT_EQ(text.size(), before.size());
  EXPECT_EQ(LinesIn(text), LinesIn(before));
  EXPECT_EQ(text.find("gone"), std::string::npos);
  EXPECT_EQ(text.find("u-kept-1"), before.find("u-kept-1"));
  EXPECT_NE(text.find("<!--xx"), std::string::npos);
  EXPECT_TRUE(text.ends_with("Wrote to xxxxxxxxxxxxxxxxx.</additionalInfo></report>\n"));
}

TEST(Mask, AJsonDocumentStaysJson) {
  const std::string before =
      "{\"people\":[{\"espUserId\":\"u-gone-1\",\n "
      "\"phone\":64219876543},\n{\"espUserId\":\"u-kept-1\",\"calls\":64219876543}]}";
  std::string text = before;
  const Masking masking = MaskDocument(text, {"u-gone-1"}, NeedlesOf({"64219876543"}));
  EXPECT_EQ(masking.record_count, 1);
  EXPECT_EQ(masking.value_count, 1);
  EXPECT_EQ(text.size(), before.size());
  const auto parsed = nlohmann::json::parse(text);
  EXPECT_EQ(parsed["people"][0], nlohmann::json({{"erased", true}}));
  EXPECT_EQ(parsed["people"][1]["espUserId"], "u-kept-1");
  EXPECT_EQ(parsed["people"][1]["calls"], 11'111'111'111);
}

TEST(Mask, TableRowsKeepTheirFieldsAndLines) {
  const std::string before =
      "report_id,user_id,notes\r\n1,u-gone-1,\"a, b\nc\"\r\n\r\n2,u-kept-1,saw u-gone-1\r\n3,u-gone-1,last";
  std::string text = before;
  const Masking masking = MaskDocument(text, {"u-gone-1"}, NeedlesOf({"u-gone-1"}));
  EXPECT_EQ(masking.record_count, 2);
  EXPECT_EQ(text,
            "report_id,user_id,notes\r\nx,xxxxxxxx,\"x,xx\nx\"\r\n\r\n2,u-kept-1,saw xxxxxxxx\r\nx,xxxxxxxx,xxxx");
}

TEST(Mask, WhatIsNotUnderstoodIsNotBlanked) {
  std::string other = "<report><victim><espIdentifier>u-gone-1</espIdentifier></victim></report>";
  const std::string before = other;
  EXPECT_EQ(MaskDocument(other, {"u-gone-1"}, Needles()).record_count, 0);
  EXPECT_EQ(other, before);
  std::string wide("\xFF\xFE<\0r\0", 6);
  EXPECT_EQ(MaskDocument(wide, {"u-gone-1"}, NeedlesOf({"u-gone-1"})).value_count, 0);
}

}  // namespace
}  // namespace crossguard
