#include "coordination/messages.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "model/canonical.h"

namespace crossguard::coordination {
namespace {

using nlohmann::json;

const NoticeBody kNotice{.deconfliction = "dec-aaaaaaaaaaaaaaaa",
                         .kind = "account",
                         .other = "gb-nca",
                         .contact = "csa-desk@gb-nca.example",
                         .since = Instant{1'646'216'130'000'000}};

TEST(CoordinationMessages, ANoticeHoldsTheClosedListOfFieldsAndTheDayOnly) {
  EXPECT_EQ(Canonical(NoticeJson(kNotice)),
            R"({"deconfliction":"dec-aaaaaaaaaaaaaaaa","format":"crossguard-deconfliction-notice/1","kind":"account",)"
            R"("other":{"authority":"gb-nca","contact":"csa-desk@gb-nca.example"},"since":"2022-03-02"})");
}

TEST(CoordinationMessages, WhatIsWrittenIsReadTheSame) {
  EXPECT_EQ(NoticeJson(ReadNotice(NoticeJson(kNotice)).value()), NoticeJson(kNotice));
  const json settled = SettledJson({.deconfliction = "dec-aaaaaaaaaaaaaaaa",
                                    .leads = "at-bk",
                                    .outcome = "joint",
                                    .agreed_by = {"at-bk", "gb-nca"}});
  EXPECT_EQ(SettledJson(ReadSettled(settled).value()), settled);
  const json nobody = SettledJson(
      {.deconfliction = "dec-aaaaaaaaaaaaaaaa", .leads = "", .outcome = "not_the_same", .agreed_by = {"at-bk"}});
  EXPECT_EQ(SettledJson(ReadSettled(nobody).value()), nobody);
  const json lead = LeadJson({.about = "sbj-aaaaaaaaaaaaaaaa", .lead = "at-bk"});
  EXPECT_EQ(LeadJson(ReadLead(lead).value()), lead);
  const json task = TaskJson({.task = "tsk-aaaaaaaaaaaaaaaa",
                              .about = "dec-aaaaaaaaaaaaaaaa",
                              .what = "Search",
                              .due = Instant{1'646'216'130'000'000}});
  EXPECT_EQ(TaskJson(ReadTask(task).value()), task);
  const json report = TaskReportJson({.task = "tsk-aaaaaaaaaaaaaaaa", .state = "done", .note = ""});
  EXPECT_EQ(TaskReportJson(ReadTaskReport(report).value()), report);
}

// Every field of every body: missing, of another type, with a wrong word; one more field; another version.
TEST(CoordinationMessages, WhateverIsNotExactlyRightIsRefusedWithOneSentence) {
  const auto refused = [](const json& good, const auto& read) {
    ASSERT_TRUE(read(good));
    const auto expect = [&](const json& bad, Code code = Code::kInvalid) {
      const auto body = read(bad);
      ASSERT_FALSE(body) << bad;
      EXPECT_EQ(body.error().code, code) << bad;
      EXPECT_TRUE(body.error().message.ends_with('.')) << body.error().message;
      EXPECT_EQ(body.error().message.find("gb-nca"), std::string::npos) << "no value is said back";
    };
    for (const auto& [name, value] : good.items()) {
      json bad = good;
      bad.erase(name);
      expect(bad);
      for (const json& wrong :
           {json(7), json(nullptr), json(json::array()), json("a\nb"), json(std::string(2'000, 'x'))}) {
        bad = good;
        bad[name] = wrong;
        expect(bad);
      }
    }
    json more = good;
    more["account"] = "u-1";
    expect(more);
    json later = good;
    std::string format = later["format"];
    format.back() = '2';
    later["format"] = format;
    later["new"] = 1;
    expect(later, Code::kUnsupported);
    expect(json("text"));
    expect(json::array());
  };
  refused(NoticeJson(kNotice), ReadNotice);
  refused(
      SettledJson({.deconfliction = "dec-aaaaaaaaaaaaaaaa", .leads = "at-bk", .outcome = "joint", .agreed_by = {"x"}}),
      ReadSettled);
  refused(LeadJson({.about = "sbj-aaaaaaaaaaaaaaaa", .lead = "at-bk"}), ReadLead);
  refused(TaskJson({.task = "tsk-aaaaaaaaaaaaaaaa", .about = "dec-aaaaaaaaaaaaaaaa", .what = "Search", .due = {}}),
          ReadTask);
  refused(TaskReportJson({.task = "tsk-aaaaaaaaaaaaaaaa", .state = "done", .note = "Two devices"}), ReadTaskReport);
}

TEST(CoordinationMessages, AnOtherPartyWithMoreThanItsContactIsRefused) {
  json more = NoticeJson(kNotice);
  more["other"]["account"] = "u-1";
  EXPECT_EQ(ReadNotice(more).error().code, Code::kInvalid);
  json word = NoticeJson(kNotice);
  word["kind"] = "person";
  EXPECT_EQ(ReadNotice(word).error().code, Code::kInvalid);
  word = NoticeJson(kNotice);
  word["deconfliction"] = "acc-aaaaaaaaaaaaaaaa";
  EXPECT_EQ(ReadNotice(word).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace crossguard::coordination
