// For tests of this room: reports written down in one line, and a book with countries of the EU and others.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "custody/test_house.h"
#include "model/outcome.h"
#include "outcome/batch.h"
#include "outcome/picture.h"
#include "outcome/take.h"

namespace crossguard::outcome {

inline Instant On(std::string_view day) {
  auto read = ReadDay(day);
  CHECK(read.has_value());
  return *read;
}

// A key that stands for `name`: of the right form, and another for another name.
inline std::string KeyOf(const std::string& name) {
  std::string out = "key-";
  for (size_t i = 0; i < 26; ++i) out += i < name.size() ? static_cast<char>('a' + (name[i] - '0' + 1) % 26) : 'a';
  return out;
}

struct Line {
  std::string ref;
  OutcomeKind kind = OutcomeKind::kArrest;
  std::string country = "NZ";
  std::string on = "2021-05-03";
  std::string reported_on = "";  // "": the same day
  int64_t count = 1;
  std::vector<std::vector<std::string>> subjects = {};  // names of keys
  std::string case_number = "";
  std::string channel = "";
  std::string corrects = "";
};
inline OutcomeReport Report(const Line& line) {
  OutcomeReport out;
  out.ref = line.ref;
  out.kind = line.kind;
  out.count = line.count;
  out.on = On(line.on);
  out.reported_on = On(line.reported_on.empty() ? line.on : line.reported_on);
  out.country = line.country;
  out.case_number = line.case_number;
  for (const auto& names : line.subjects) {
    out.subjects.emplace_back();
    for (const std::string& name : names) out.subjects.back().push_back(KeyOf(name));
  }
  out.channel = line.channel;
  out.corrects = line.corrects;
  if (!line.corrects.empty()) out.reason = "It was counted twice.";
  return out;
}

inline void AddBook(AuthorityBook& book) {
  const auto add = [&](const char* id, const char* kind, const char* country) {
    Authority authority;
    authority.id = id;
    authority.name = id;
    authority.kind = kind;
    authority.country = country;
    book.authorities.push_back(authority);
  };
  add("nz-dia", "third_country", "NZ");
  add("nz-police", "third_country", "NZ");
  add("au-afp", "third_country", "AU");
  add("gb-nca", "third_country", "GB");
  add("at-bk", "eu_member_state", "AT");
  add("hu-nbi", "eu_member_state", "HU");
  add("es-police", "eu_member_state", "ES");
  add("eu-europol", "eu_body", "");
  add("int-interpol", "international_organisation", "");
}

class OutcomeHouse : public testing::Test {
 protected:
  OutcomeHouse() { AddBook(house_.book); }

  Result<TakeSummary> Take(const std::string& authority, const std::vector<Line>& lines) {
    OutcomeBatch batch{.operation = "kauri", .authority = authority, .reports = {}};
    for (const Line& line : lines) batch.reports.push_back(Report(line));
    return house_.Do(Act::kReportOutcome, [&](Transaction& transaction, const Permit& permit) {
      return TakeReports(transaction, permit, house_.ids, house_.book, batch, {.message = "", .labels = {}});
    });
  }
  // The one report must be taken; returns what became of it.
  Taken TakeOne(const std::string& authority, const Line& line) {
    auto summary = Take(authority, {line});
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? summary->reports.front() : Taken();
  }
  Result<Decision> DecideOn(const std::string& id, bool accept) {
    return house_.Do(Act::kCorrectOutcome, [&](Transaction& transaction, const Permit& permit) {
      return Decide(transaction, permit, id, accept, "A person looked.");
    });
  }
  nlohmann::json PictureAsOf(const std::string& day) {
    auto picture = MakePicture(*house_.db, house_.See(), house_.book, rules_, "kauri", On(day));
    EXPECT_TRUE(picture) << picture.error().message;
    return picture ? *picture : nlohmann::json();
  }
  // Nothing withheld: for tests of counting.
  int64_t CountOf(OutcomeKind metric, const std::string& scope = "global", const std::string& day = "2022-03-02") {
    auto figure = OpenFigure(*house_.db, house_.See(), house_.book, "kauri", metric, scope, On(day));
    EXPECT_TRUE(figure) << figure.error().message;
    return figure ? (*figure)["count"].get<int64_t>() : -1;
  }

  TestHouse house_;
  OutcomeRules rules_;
};

}  // namespace crossguard::outcome
