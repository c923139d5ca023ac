#include "simulate/outcomes.h"

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "outcome/batch.h"
#include "outcome/tokens.h"

namespace crossguard::simulate {
namespace {

using json = nlohmann::ordered_json;
using enum OutcomeKind;

struct Figures {
  int64_t cases, arrests_nz, suspects_eu, children;
};
constexpr Figures kPressRelease{.cases = 836, .arrests_nz = 46, .suspects_eu = 104, .children = 146};
constexpr int64_t kPressReleaseAccounts = 90'000;
constexpr std::array<std::string_view, 9> kEu{"AT", "HR", "CZ", "GR", "HU", "SI", "SK", "ES", "NL"};

Figures InProportion(int64_t accounts) {
  const auto part = [&](int64_t whole, int64_t min) { return std::max(min, whole * accounts / kPressReleaseAccounts); };
  return {.cases = part(kPressRelease.cases, 40),
          .arrests_nz = part(kPressRelease.arrests_nz, 12),
          .suspects_eu = part(kPressRelease.suspects_eu, 20),
          .children = part(kPressRelease.children, 24)};
}

bool IsEu(std::string_view country) {
  return std::ranges::find(kEu, country) != kEu.end();
}

Instant Day(std::string_view text) {
  return outcome::ReadDay(text).value();
}
Instant After(Instant day, int64_t days) {
  return {day.micros + days * kMicrosPerDay};
}

class Planter {
 public:
  Planter(const OperationPlan& plan, const Figures& figures)
      : figures_(figures), random_(Mix(plan.seed, 0x0C0E)), key_(KeyOf(plan.seed)) {
    for (const Country& country : Countries()) {
      if (!country.authority.empty()) countries_.push_back(&country);
    }
    CollectAccounts(plan);
  }

  PlantedOutcomes Plant() {
    Cases();
    OtherOutcomes();
    SuspectsAndArrests();
    Children();
    for (auto& [authority, batch] : out_.files) {
      batch.operation = "kauri";
      batch.authority = authority;
    }
    Truth();
    return std::move(out_);
  }

 private:
  static SecretKey KeyOf(uint64_t seed) {
    return SecretKey::From(HashSha256(AsBytes("outcome key of seed " + std::to_string(seed))).view()).value();
  }
  std::vector<std::string> Keys(UnitClass unit, std::initializer_list<std::string> references) {
    std::vector<std::string> out;
    for (const std::string& reference : references) out.push_back(outcome::SubjectToken(key_, unit, reference).value());
    std::ranges::sort(out);
    return out;
  }

  // Some accounts of each country, for outcomes that say what they came of: from the first blocks only, so that a large
  // plan is not made twice.
  void CollectAccounts(const OperationPlan& plan) {
    constexpr int64_t kBlocks = 3;
    for (int64_t number = 0; number < std::min(kBlocks, plan.block_count); ++number) {
      for (const PlannedAccount& account : PlanBlock(plan, number).accounts) {
        if (account.role == Role::kReported && account.country != nullptr && !account.minor)
          accounts_[std::string(account.country->code)].push_back(account.service + "/" + account.id);
      }
    }
  }
  void GiveAccount(OutcomeReport& report) {
    auto& rest = accounts_[report.country];
    if (rest.empty()) return;
    report.accounts = {rest.back()};
    rest.pop_back();
  }

  const Country& AnyOf(bool (*fits)(std::string_view)) {
    int64_t shares = 0;
    for (const Country* country : countries_) shares += fits(country->code) ? country->share : 0;
    auto at = static_cast<int64_t>(random_.Below(static_cast<uint64_t>(shares)));
    for (const Country* country : countries_) {
      if (!fits(country->code)) continue;
      at -= country->share;
      if (at < 0) return *country;
    }
    return *countries_.front();
  }
  std::string AuthorityOf(std::string_view country) {
    if (country != "NZ") return std::string(FindCountry(country)->authority);
    constexpr std::array<std::string_view, 4> kAgencies{"nz-police", "nz-police", "nz-customs", "nz-dia"};
    return std::string(kAgencies[random_.Below(kAgencies.size())]);
  }
  // A day before the picture, and the day it was told.
  void Date(OutcomeReport& report) {
    report.on = After(Day("2019-11-04"), static_cast<int64_t>(random_.Below(820)));  // until 2022-01-31
    report.reported_on = After(report.on, static_cast<int64_t>(random_.Below(25)));
  }
  OutcomeReport Make(OutcomeKind kind, std::string_view country, int64_t count = 1) {
    OutcomeReport out;
    out.ref = "R-" + std::to_string(1000 + next_++);
    out.kind = kind;
    out.count = count;
    out.country = country;
    Date(out);
    return out;
  }
  void Put(const std::string& authority, OutcomeReport report) {
    out_.files[authority].reports.push_back(std::move(report));
  }

  void Cases() {
    for (int64_t i = 0; i < figures_.cases; ++i) {
      OutcomeReport report = Make(kCaseOpened, AnyOf([](std::string_view) { return true; }).code);
      const std::string authority = AuthorityOf(report.country);
      report.case_number = report.country + "-" + std::to_string(100 + i) + "/21";
      // What else is told of the account comes later, so it stays.
      const auto& accounts = accounts_[report.country];
      if (i % 4 == 0 && !accounts.empty()) report.accounts = {accounts[static_cast<size_t>(i) % accounts.size()]};
      if (i % 9 == 0 && report.country != "NZ") {  // the same report by both channels
        report.channel = "eu-europol";
        Put(authority, report);
        report.channel = "int-interpol";
      }
      Put(authority, report);
      if (i % 13 == 0) {  // the same case under another reference
        OutcomeReport again = report;
        again.ref += "-I";
        again.channel = "int-interpol";
        again.reported_on = After(report.reported_on, 3);
        again.accounts.clear();
        Put(authority, again);
      }
    }
    Later(kCaseOpened, "GB", 4);
    // One case that two agencies of one country run together, each under a number of its own: it is among those above,
    // for the first of them shares a key with this.
    OutcomeReport* const first = FirstOf("nz-police", kCaseOpened);
    if (first == nullptr) return;
    first->subjects = {Keys(UnitClass::kCase, {"joint case"})};
    OutcomeReport joint = Make(kCaseOpened, "NZ");
    joint.case_number = "C-77/21";
    joint.subjects = first->subjects;
    joint.on = joint.reported_on = After(first->on, 30);
    Put("nz-customs", joint);
  }
  OutcomeReport* FirstOf(const std::string& authority, OutcomeKind kind) {
    for (OutcomeReport& report : out_.files[authority].reports) {
      if (report.kind == kind) return &report;
    }
    return nullptr;
  }

  // Told after the day of the picture, of days before it and after it.
  void Later(OutcomeKind kind, std::string_view country, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      OutcomeReport report = Make(kind, country);
      report.on = After(Day("2022-02-25"), i * 2);
      report.reported_on = After(Day("2022-03-03"), i * 2);
      if (UnitOf(kind) != UnitClass::kCase)
        report.subjects = {Keys(UnitOf(kind), {"later " + report.ref})};
      else
        report.case_number = "L-" + std::to_string(i) + "/22";
      Put(AuthorityOf(country), report);
    }
  }

  void Suspect(std::string_view country, const std::string& person, bool told_twice) {
    OutcomeReport report = Make(kSuspectIdentified, country);
    report.subjects = {Keys(UnitClass::kPerson, {person})};
    GiveAccount(report);
    Put(AuthorityOf(country), report);
    if (!told_twice) return;
    OutcomeReport again = report;  // the coordinator counts the same person
    again.ref += "-E";
    again.reported_on = After(report.reported_on, 5);
    again.accounts.clear();
    Put("eu-europol", again);
  }

  void SuspectsAndArrests() {
    constexpr int64_t kWithoutKey = 3;
    for (int64_t i = 0; i < figures_.suspects_eu - kWithoutKey; ++i)
      Suspect(AnyOf(IsEu).code, "suspect EU " + std::to_string(i), i % 10 == 0);
    Put("es-police", Make(kSuspectIdentified, "ES", kWithoutKey));
    for (int64_t i = 0; i < figures_.suspects_eu; ++i)
      Suspect(AnyOf([](std::string_view code) { return !IsEu(code); }).code, "suspect else " + std::to_string(i),
              false);
    Later(kSuspectIdentified, "HU", 3);

    constexpr int64_t kCorrected = 3;
    for (int64_t i = 0; i < figures_.arrests_nz - kCorrected; ++i) Arrest("NZ", i);
    Corrected(kArrest, "nz-police", "NZ", kCorrected + 2, kCorrected);
    Withdrawn(kArrest, "nz-customs", "NZ", "2022-01-20");
    Later(kArrest, "NZ", 3);
    for (const char* country : {"AU", "CA", "GB", "US"}) {
      for (int64_t i = 0; i < figures_.arrests_nz / 3 + 5; ++i) Arrest(country, i);
    }
    for (int64_t i = 0; i < figures_.arrests_nz / 6; ++i) Arrest("ES", i);
    Contradiction();
  }
  void Arrest(const std::string& country, int64_t i) {
    OutcomeReport report = Make(kArrest, country);
    const std::string person = "arrested " + country + " " + std::to_string(i);
    report.subjects = {Keys(UnitClass::kPerson, {person})};
    GiveAccount(report);
    const std::string authority = AuthorityOf(country);
    Put(authority, report);
    if (country != "NZ" || i % 5 != 0) return;
    OutcomeReport again = Make(kArrest, country);  // another agency of the country took part
    again.on = report.on;
    again.reported_on = After(report.reported_on, 2);
    again.subjects = report.subjects;
    Put(authority == "nz-dia" ? "nz-police" : "nz-dia", again);
  }
  void Corrected(OutcomeKind kind, const std::string& authority, const std::string& country, int64_t from, int64_t to) {
    OutcomeReport report = Make(kind, country, from);
    Put(authority, report);
    OutcomeReport better = Make(kind, country, to);
    better.on = report.on;
    better.reported_on = After(report.reported_on, 7);
    better.corrects = report.ref;
    better.reason = "Two were counted that belong to another operation.";
    Put(authority, better);
  }
  void Withdrawn(OutcomeKind kind, const std::string& authority, const std::string& country, std::string_view on) {
    OutcomeReport report = Make(kind, country);
    report.on = report.reported_on = After(Day(on), -45);
    Put(authority, report);
    OutcomeReport nothing = Make(kind, country, 0);
    nothing.on = report.on;
    nothing.reported_on = Day(on);
    nothing.corrects = report.ref;
    nothing.reason = "Reported for the wrong operation.";
    Put(authority, nothing);
  }
  // The same reference with another number, and no word of a correction: held until a person decides.
  void Contradiction() {
    OutcomeReport report = Make(kArrest, "GB", 2);
    Put("gb-nca", report);
    report.count = 20;
    Put("gb-nca", report);
    ++held_;
  }

  void Children() {
    // Of those that count as of the day: one stays withdrawn, and one is withdrawn only after it.
    for (int64_t i = 0; i < figures_.children - 1; ++i) {
      OutcomeReport report = Make(kChildSafeguarded, AnyOf([](std::string_view) { return true; }).code);
      const std::string reference = "victim " + std::to_string(i);
      report.subjects = {Keys(UnitClass::kChild, {reference})};
      GiveAccount(report);
      const std::string authority = AuthorityOf(report.country);
      Put(authority, report);
      if (i % 6 == 0) {  // the agency that found the child, and the one where it lives
        const Country& other = AnyOf([](std::string_view) { return true; });
        OutcomeReport again = Make(kChildSafeguarded, other.code);
        again.on = After(report.on, 1);
        again.reported_on = After(report.reported_on, 4);
        again.subjects = report.subjects;
        Put(AuthorityOf(other.code), again);
      }
      if (i % 25 == 0) {  // known by two references: whoever knows both ties the others together
        OutcomeReport both = Make(kChildSafeguarded, report.country);
        both.on = After(report.on, 2);
        both.reported_on = After(report.reported_on, 4);
        both.subjects = {Keys(UnitClass::kChild, {reference, "account of " + reference})};
        Put("int-interpol", both);
        OutcomeReport third = both;
        third.ref += "-T";
        third.subjects = {Keys(UnitClass::kChild, {"account of " + reference})};
        Put("eu-europol", third);
      }
    }
    Withdrawn(kChildSafeguarded, "gb-nca", "GB", "2022-02-01");
    Withdrawn(kChildSafeguarded, "us-fbi", "US", "2022-04-01");
    Later(kChildSafeguarded, "AU", 2);
  }

  // What else comes of accounts, for feedback: most are answered, about one in nine is not abuse material.
  void OtherOutcomes() {
    for (const Country* country : countries_) {
      const std::string code(country->code);
      const size_t answered = std::min<size_t>(6, accounts_[code].size() / 2);
      for (size_t i = 0; i < answered; ++i) {
        OutcomeReport report = Make(i % 3 == 0 ? kNotCsam : i % 3 == 1 ? kNotFound : kNoOffence, code);
        GiveAccount(report);
        Put(AuthorityOf(code), report);
      }
    }
  }

  void Truth() {
    const auto figure = [&](OutcomeKind metric, std::string_view scope, int64_t count) {
      return json{{"metric", Text(metric)}, {"scope", scope}, {"count", count}, {"plain_sum", PlainSum(metric, scope)}};
    };
    out_.truth = {{"operation", "kauri"},
                  {"as_of", kPictureAsOf},
                  {"figures",
                   {figure(kCaseOpened, "global", figures_.cases), figure(kArrest, "NZ", figures_.arrests_nz),
                    figure(kSuspectIdentified, "eu", figures_.suspects_eu),
                    figure(kChildSafeguarded, "global", figures_.children)}},
                  {"held", held_}};
  }
  // What a flat counter would say: every report of the kind in the scope, as it came.
  int64_t PlainSum(OutcomeKind metric, std::string_view scope) const {
    int64_t sum = 0;
    for (const auto& [authority, batch] : out_.files) {
      for (const OutcomeReport& report : batch.reports) {
        const bool in = scope == "global" || (scope == "eu" ? IsEu(report.country) : report.country == scope);
        if (report.kind == metric && in) sum += report.count;
      }
    }
    return sum;
  }

  const Figures figures_;
  SeededRandom random_;
  SecretKey key_;
  std::vector<const Country*> countries_;
  std::map<std::string, std::vector<std::string>> accounts_;
  PlantedOutcomes out_;
  int64_t next_ = 0;
  int64_t held_ = 0;
};

}  // namespace

PlantedOutcomes PlantOutcomes(const OperationPlan& plan, bool press_release) {
  return Planter(plan, press_release ? kPressRelease : InProportion(plan.size.account_count)).Plant();
}

}  // namespace crossguard::simulate
