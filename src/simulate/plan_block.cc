// One block: its people, what they have and share, and the reports about them. Their files: plan_files.cc.
#include <algorithm>
#include <array>

#include "simulate/plan_files.h"
#include "simulate/words.h"

namespace crossguard::simulate {
namespace {

constexpr int64_t kOctober2019Us = 1'569'888'000'000'000;  // the operation begins
constexpr int64_t kSpanUs = int64_t{700} * 86'400 * 1'000'000;
constexpr int64_t kHourUs = int64_t{3'600} * 1'000'000;

class Planner {
 public:
  Planner(const OperationPlan& plan, int64_t number)
      : plan_(plan), random_(Mix(Mix(plan.seed, 0xB10C), static_cast<uint64_t>(number))) {
    block_.number = number;
  }

  Block Plan() {
    const int64_t first = block_.number * kBlockAccounts;
    const int64_t quota = std::min(kBlockAccounts, plan_.size.account_count - first);
    for (int64_t local = 1; static_cast<int64_t>(block_.accounts.size()) < quota; ++local)
      MakePerson(block_.number * 1000 + local, quota - static_cast<int64_t>(block_.accounts.size()));
    reported_count_ = block_.accounts.size();
    ShareAddresses();
    ShareMailbox();
    ShareSchool();
    ShareFamilyDevice();
    MakeReports();
    MakeBatchedReport();
    const double part = static_cast<double>(quota) / static_cast<double>(plan_.size.account_count);
    FilePlanner files(plan_, block_, people_, random_);
    files.MakeVideos(static_cast<double>(plan_.size.byte_count) * part * plan_.video_share);
    files.MakeFiles(static_cast<int64_t>(static_cast<double>(plan_.size.file_count) * part));
    MarkUrgent();
    return std::move(block_);
  }

 private:
  bool Chance(double p) { return random_.Chance(p); }
  uint64_t Below(uint64_t bound) { return random_.Below(bound); }
  std::optional<bool> TriState(double yes, double no) {
    const double roll = random_.Unit();
    if (roll < yes) return true;
    if (roll < yes + no) return false;
    return std::nullopt;
  }

  // ---- people and their accounts ----

  void MakePerson(int64_t number, int64_t room) {
    Person person{.number = number, .home = &AnyCountry(random_), .minor = Chance(0.04)};
    person.home_ip = Ip4(*person.home, random_);
    if (Chance(0.5)) person.camera = 1 + Below(1'000'000);
    const double roll = random_.Unit();
    int64_t count = roll < 0.80 ? 1 : roll < 0.92 ? 2 : roll < 0.97 ? 3 : 4 + static_cast<int64_t>(Below(3));
    if (person.minor) count = 1;
    count = std::min(count, room);
    const double tie = random_.Unit();
    person.tie = tie < 0.34   ? Tie::kMail
                 : tie < 0.58 ? Tie::kPhone
                 : tie < 0.80 ? Tie::kDevice
                 : tie < 0.88 ? Tie::kConnection
                 : tie < 0.93 ? Tie::kPayment
                              : Tie::kHomeAddress;
    for (int64_t nth = 0; nth < count; ++nth) MakeAccount(person, nth);
    people_.push_back(std::move(person));
  }

  void MakeAccount(Person& person, int64_t nth) {
    PlannedAccount account;
    account.service = Chance(0.7) ? "kauri-chat" : "kauri-share";
    account.id = "u" + std::to_string(person.number * 10 + nth);
    account.person = person.number;
    account.country = person.home;
    account.minor = person.minor;
    const uint64_t unique = static_cast<uint64_t>(person.number * 10 + nth);
    Add(account, ScreenSelector(account.service, ScreenName(unique, random_), random_));
    if (Chance(0.85)) {
      Add(account,
          MailSelector(Chance(0.06) ? "box" + std::to_string(unique) + "@tempmail.example" : Mailbox(unique, random_),
                       random_));
    }
    if (Chance(0.35)) Add(account, PhoneSelector(*person.home, unique, random_));
    if (Chance(0.4)) Add(account, DeviceSelector(AnyDevice(random_)));
    if (Chance(0.3)) Add(account, UrlSelector(unique, random_));
    if (Chance(0.06)) Add(account, PaymentSelector(Iban(unique)));
    Describe(person, account);
    AddIps(person, account);
    if (nth > 0) TieTo(person, account);
    const size_t index = block_.accounts.size();
    person.accounts.push_back(index);
    block_.accounts.push_back(std::move(account));
  }

  // Where a selector stands in what the provider sends. A device has no form that could be told from other numbers in
  // free text, an account of payment has no field.
  void Add(PlannedAccount& account, PlannedSelector selector) {
    if (selector.type == "payment")
      selector.where = Where::kText;
    else if (selector.type != "device_id")
      selector.where = Chance(0.86) ? Where::kField : Chance(0.85) ? Where::kText : Where::kHidden;
    if (selector.type == "screen_name") selector.where = Where::kField;
    if (selector.type == "email" || selector.type == "phone") selector.verified = TriState(0.45, 0.15);
    account.selectors.push_back(std::move(selector));
  }

  void TieTo(const Person& person, PlannedAccount& account) {
    static constexpr std::array<std::string_view, 6> kTies{
        "e-mail", "phone", "device", "same address and port", "IBAN in free text", "one address, hours apart"};
    PlannedAccount& first = block_.accounts[person.accounts.front()];
    first.tie = account.tie = kTies[static_cast<size_t>(person.tie)];
    const auto share = [&](const char* type, PlannedSelector made) {
      for (const PlannedSelector& own : first.selectors) {
        if (own.type == type && own.where == Where::kField && own.value.find("@tempmail") == std::string::npos) {
          account.selectors.push_back(own);
          return;
        }
      }
      made.where = Where::kField;
      first.selectors.push_back(made);
      account.selectors.push_back(std::move(made));
    };
    const uint64_t unique = static_cast<uint64_t>(person.number * 10 + 9);
    switch (person.tie) {
      case Tie::kMail:
        return share("email", MailSelector(Mailbox(unique, random_), random_));
      case Tie::kPhone:
        return share("phone", PhoneSelector(*person.home, unique, random_));
      case Tie::kDevice:
        return share("device_id", DeviceSelector(AnyDevice(random_)));
      case Tie::kPayment: {  // in free text on both sides: a person may see it, no rule should
        PlannedSelector payment = PaymentSelector(Iban(unique));
        payment.where = Where::kText;
        if (std::ranges::none_of(first.selectors, [&](const auto& one) { return one.value == payment.value; }))
          first.selectors.push_back(payment);
        account.selectors.push_back(std::move(payment));
        return;
      }
      case Tie::kConnection: {  // one address and source port within a minute
        PlannedIp ip{.value = person.home_ip,
                     .written = person.home_ip,
                     .port = static_cast<uint16_t>(20'000 + Below(40'000)),
                     .at_us = Moment(),
                     .event = "Login"};
        first.ips.push_back(ip);
        ip.at_us += static_cast<int64_t>(1 + Below(55)) * 1'000'000;
        account.ips.push_back(std::move(ip));
        return;
      }
      case Tie::kHomeAddress: {  // one line, hours apart: others may live there too
        for (PlannedAccount* one : {&first, &account}) {
          one->ips.push_back({.value = person.home_ip,
                              .written = person.home_ip,
                              .port = static_cast<uint16_t>(20'000 + Below(40'000)),
                              .at_us = Moment(),
                              .event = "Login"});
        }
        return;
      }
    }
  }

  int64_t Moment() {
    return kOctober2019Us + static_cast<int64_t>(Below(static_cast<uint64_t>(kSpanUs / 1'000'000))) * 1'000'000;
  }

  PlannedIp MakeIp(const Country& home, std::string value) {
    PlannedIp ip{.value = value, .written = value, .at_us = Moment(), .offset_minutes = home.offset_minutes};
    const bool six = value.find(':') != std::string::npos;
    if (six && Chance(0.3)) ip.written = UpperCase(value);
    if (!six && Chance(0.6)) ip.port = static_cast<uint16_t>(1'024 + Below(64'000));
    ip.zone = Chance(0.72) ? Zone::kUtc : Chance(0.7) ? Zone::kOffset : Zone::kNone;
    ip.event = std::array<std::string, 5>{"Login", "Registration", "Upload", "Other", "Unknown"}[Below(5)];
    ip.proxy = TriState(0.01, 0.25);
    return ip;
  }

  // Where the person is, as far as the events tell: at home mostly, behind a private network always (told wrongly), in
  // three countries alike or nowhere (cannot be told).
  static void CannotBeTold(PlannedAccount& account, const char* why) {
    account.country = nullptr;
    account.place_by = why;
    account.billing = false;
    account.address_country = account.billing_country = account.estimated_country = account.bio = "";
    std::erase_if(account.selectors, [](const auto& one) { return one.type == "phone"; });
  }

  void AddIps(const Person& person, PlannedAccount& account) {
    account.place_by = "home";
    const double roll = random_.Unit();
    if (roll < 0.025) {
      CannotBeTold(account, "nothing");
      return;
    }
    if (roll < 0.045) {
      CannotBeTold(account, "three countries");
      const size_t start = Below(Countries().size());
      for (size_t i = 0; i < 3; ++i) {
        const Country& country = Countries()[(start + i * 5) % Countries().size()];
        PlannedIp ip = MakeIp(country, Ip4(country, random_));
        ip.port = 0;
        ip.zone = Zone::kUtc;
        ip.proxy = std::nullopt;
        account.ips.push_back(std::move(ip));
      }
      return;
    }
    if (roll < 0.09) {
      account.place_by = "data centre abroad";
      for (uint64_t i = 0; i < 1 + Below(2); ++i) {
        PlannedIp ip = MakeIp(*person.home, DataCentreIp(random_));
        if (Chance(0.4)) ip.proxy = true;
        account.ips.push_back(std::move(ip));
      }
      return;
    }
    const uint64_t count = 1 + Below(4);
    for (uint64_t i = 0; i < count; ++i) {
      const bool six = Chance(0.3);
      account.ips.push_back(MakeIp(*person.home, six ? Ip6(*person.home, random_) : Ip4(*person.home, random_)));
    }
    if (Chance(0.05)) {  // on a journey
      const Country& abroad = AnyCountry(random_);
      account.ips.push_back(MakeIp(abroad, Ip4(abroad, random_)));
    }
  }

  void Describe(const Person& person, PlannedAccount& account) {
    account.first_name = "Given" + std::to_string(person.number);
    account.last_name = "Family" + std::to_string(person.number);
    const bool named = Chance(0.4);
    if (!named) account.first_name = account.last_name = "";
    if (Chance(0.5)) account.bio = Bio(*person.home, random_);
    if (Chance(0.07)) account.bio += (account.bio.empty() ? "" : " ") + Statement(*person.home);
    if (Chance(0.1)) account.address_country = person.home->code;
    if (Chance(0.06)) {
      account.billing = true;
      account.billing_country = person.home->code;
    }
    if (Chance(0.1)) account.estimated_country = person.home->code;
    if (Chance(0.1)) account.group = "grp-" + std::to_string(Below(40) + 1);
    if (Chance(0.12)) account.prior_reports.push_back(900'000 + static_cast<int64_t>(Below(90'000)));
    if (person.minor) {
      const uint64_t age = 12 + Below(6);
      const double how = random_.Unit();
      if (how < 0.5) {
        account.age = std::to_string(age);
        account.minor_by = "age";
      } else if (how < 0.8) {
        account.birth_date = std::to_string(2021 - static_cast<int64_t>(age)) + "-0" + std::to_string(1 + Below(9)) +
                             "-1" + std::to_string(Below(10));
        // Below 18 whenever it happened: at the end of the span the oldest of them is 17.
        account.minor_by = "birth date";
        if (age == 17) account.birth_date = "2005-0" + std::to_string(1 + Below(9)) + "-1" + std::to_string(Below(10));
      } else {
        account.minor_by = "text only";
        account.bio = "Year nine at school, " + std::to_string(age) + " years old. " + account.bio;
      }
    } else if (Chance(0.4)) {
      account.age = std::to_string(19 + Below(45));
    } else if (Chance(0.3)) {
      account.birth_date =
          std::to_string(1960 + Below(38)) + "-0" + std::to_string(1 + Below(9)) + "-2" + std::to_string(Below(9));
    }
  }

  // ---- what strangers share ----

  size_t AnyReported() { return Below(reported_count_); }

  void ShareIp(const char* kind, const Country& country, size_t count, bool one_day) {
    const std::string address = Ip4(country, random_);
    const int64_t day = Moment();
    std::vector<size_t> sharers;
    for (size_t tries = 0; sharers.size() < count && tries < 20 * count; ++tries) {
      const size_t index = AnyReported();
      if (block_.accounts[index].country != &country || std::ranges::find(sharers, index) != sharers.end()) continue;
      sharers.push_back(index);
    }
    if (sharers.size() < 2) return;
    for (const size_t index : sharers) {
      PlannedIp ip = MakeIp(country, address);
      if (one_day) ip.at_us = day + static_cast<int64_t>(Below(86'400)) * 1'000'000;
      ip.port = Chance(0.8) ? static_cast<uint16_t>(1'024 + Below(64'000)) : 0;
      block_.accounts[index].ips.push_back(std::move(ip));
    }
    block_.shared.push_back({"ip", address, kind, static_cast<int64_t>(sharers.size())});
  }

  void ShareAddresses() {
    const size_t many = std::max<size_t>(4, reported_count_ / 8);
    ShareIp("cgnat", *FindCountry("US"), many, false);
    ShareIp("cgnat", *FindCountry("NZ"), many / 2, false);
    ShareIp("cgnat", *FindCountry("GB"), many / 2, false);
    for (int i = 0; i < 3; ++i) ShareIp("cafe", AnyCountry(random_), 2 + Below(3), true);
  }

  void ShareMailbox() {
    const std::string value = "shared" + std::to_string(block_.number) + "@throwaway.example";
    const size_t count = std::min<size_t>(6, reported_count_ / 8);
    for (size_t i = 0; i < count; ++i) {
      PlannedSelector selector = MailSelector(value, random_);
      selector.where = Where::kField;
      auto& selectors = block_.accounts[AnyReported()].selectors;
      if (std::ranges::none_of(selectors, [&](const auto& one) { return one.value == value; }))
        selectors.push_back(std::move(selector));
    }
    block_.shared.push_back({"email", value, "temporary_mail", static_cast<int64_t>(count)});
  }

  // The telephone of a school's office, given by many.
  void ShareSchool() {
    const size_t count = std::min<size_t>(16, reported_count_ / 6);
    if (count < 10) return;
    PlannedSelector phone =
        PhoneSelector(*FindCountry("NZ"), static_cast<uint64_t>(block_.number * 1000 + 999) * 10 + 8, random_);
    phone.where = Where::kField;
    std::vector<size_t> sharers;
    while (sharers.size() < count) {
      const size_t index = AnyReported();
      if (std::ranges::find(sharers, index) != sharers.end()) continue;
      sharers.push_back(index);
      block_.accounts[index].selectors.push_back(phone);
    }
    block_.shared.push_back({"phone", phone.value, "school", static_cast<int64_t>(count)});
  }

  // Two people on one device cannot be told from one: planted, so that the score shows the price.
  void ShareFamilyDevice() {
    for (size_t i = 0; i + 1 < people_.size(); ++i) {
      if (!Chance(0.008) || people_[i].minor || people_[i + 1].minor) continue;
      const PlannedSelector device = DeviceSelector(AnyDevice(random_));
      for (size_t k : {i, i + 1}) block_.accounts[people_[k].accounts.front()].selectors.push_back(device);
      block_.shared.push_back({"device_id", device.value, "family_device", 2});
    }
  }

  // ---- reports ----

  void MakeReports() {
    int64_t at = kOctober2019Us + block_.number % 500 * 24 * kHourUs;
    const auto begin = [&] {
      at += static_cast<int64_t>(Below(4)) * kHourUs + static_cast<int64_t>(Below(3'600)) * 1'000'000;
      PlannedReport report{.id = 1'000'000 + block_.number * 1'000 + static_cast<int64_t>(block_.reports.size())};
      report.incident_us = at;
      report.received_us = at + 6 * kHourUs;
      report.incident_type = IncidentType(random_);
      return report;
    };
    for (size_t index = 0; index < reported_count_; ++index) {
      PlannedReport report = begin();
      report.mentions.push_back(MentionOf(index, true));
      Colour(report, index);
      AddOthers(report);
      block_.reports.push_back(std::move(report));
      if (!Chance(0.1)) continue;
      PlannedReport later = begin();
      later.mentions.push_back(MentionOf(index, false));
      block_.reports.push_back(std::move(later));
    }
    for (PlannedReport& report : block_.reports) report.repeated = Chance(0.006);
    block_.reports.front().repeated = true;
  }

  // The first report of an account tells all selectors; a later one the screen name and an event again.
  Mention MentionOf(size_t index, bool first) {
    const PlannedAccount& account = block_.accounts[index];
    Mention mention{.account = index, .ips = {}, .notes = {}, .associated = {}, .full = first};
    for (size_t i = 0; i < account.ips.size(); ++i) {
      if (first || i == 0) mention.ips.push_back(i);
    }
    mention.notes = first ? Notes(account, random_) : "Further report about the same account.";
    return mention;
  }

  void Colour(PlannedReport& report, size_t index) {
    PlannedAccount& account = block_.accounts[index];
    if (account.minor && account.age.empty() && account.birth_date.empty() && Chance(0.5)) {
      report.annotations.push_back("minorToMinorInteraction");
      account.minor_by = "annotation";
    }
    const double roll = random_.Unit();
    if (roll < 0.015)
      report.urgent = "A child may be in danger now.";
    else if (roll < 0.021)
      report.notes = "The user writes that the ongoing abuse will not stop.";
    else if (roll < 0.026)
      report.notes = "The user announces that it will happen again tonight when the parents are out.";
    if (Chance(0.02)) report.annotations.push_back("sextortion");
    if (Chance(0.01)) report.annotations.push_back("sadisticOnlineExploitation");
    if (Chance(0.02)) report.annotations.push_back("spam");
    if (roll >= 0.021 && roll < 0.026) hidden_urgent_.push_back(index);
  }

  void AddOthers(PlannedReport& report) {
    const std::string number = std::to_string(report.id);
    if (Chance(0.12)) {
      PlannedAccount recipient{.role = Role::kRecipient, .service = "kauri-chat", .id = "r" + number};
      recipient.selectors.push_back(
          ScreenSelector(recipient.service, ScreenName(static_cast<uint64_t>(report.id), random_), random_));
      Put(report, std::move(recipient));
    } else if (Chance(0.05)) {  // somebody who is reported too
      const size_t other = AnyReported();
      if (other != report.mentions.front().account)
        report.mentions.push_back(
            {.account = other, .role = Role::kRecipient, .ips = {}, .notes = {}, .associated = {}});
    }
    if (Chance(0.05)) {
      PlannedAccount victim{
          .role = Role::kVictim, .service = "kauri-chat", .id = "v" + number, .age = std::to_string(8 + Below(8))};
      victim.selectors.push_back(
          ScreenSelector(victim.service, ScreenName(static_cast<uint64_t>(report.id) + 1, random_), random_));
      if (Chance(0.3)) {
        victim.selectors.push_back(
            MailSelector(Mailbox(static_cast<uint64_t>(report.id) + 5'000'000, random_), random_));
        victim.selectors.back().where = Where::kField;
      }
      if (Chance(0.5)) victim.school = "School no. " + std::to_string(1 + Below(300));
      Put(report, std::move(victim));
    }
    if (Chance(0.05)) {
      const PlannedAccount& owner = block_.accounts[report.mentions.front().account];
      PlannedAccount linked{.role = Role::kAssociated,
                            .service = "kauri-pay",
                            .id = "a" + number,
                            .associated_kind = Chance(0.5) ? "Linked" : "Billing"};
      for (const PlannedSelector& own : owner.selectors) {
        if (own.type == "email" && own.where == Where::kField) linked.selectors.push_back(own);
      }
      report.mentions.front().associated = block_.accounts.size();
      block_.accounts.push_back(std::move(linked));
    }
  }

  void Put(PlannedReport& report, PlannedAccount account) {
    const Role role = account.role;
    report.mentions.push_back({.account = block_.accounts.size(),
                               .role = role,
                               .ips = {},
                               .notes = {},
                               .associated = {},
                               .full = role == Role::kVictim || role == Role::kRecipient});
    block_.accounts.push_back(std::move(account));
  }

  void MakeBatchedReport() {
    if (reported_count_ < 40) return;
    PlannedReport report{.id = 1'000'000 + block_.number * 1'000 + static_cast<int64_t>(block_.reports.size())};
    report.incident_us = block_.reports.back().incident_us + kHourUs;
    report.received_us = report.incident_us + kHourUs;
    report.incident_type = "Child Pornography (possession, manufacture, and distribution)";
    report.batched = true;
    for (size_t i = 0; i < 8; ++i) {
      const size_t index = AnyReported();
      if (std::ranges::any_of(report.mentions, [&](const Mention& one) { return one.account == index; })) continue;
      report.mentions.push_back(MentionOf(index, false));
    }
    block_.reports.push_back(std::move(report));
  }

  // What a person who reads everything would call urgent.
  void MarkUrgent() {
    block_.urgent.resize(block_.accounts.size());
    for (const size_t index : hidden_urgent_) block_.urgent[index] = "words that no rule knows";
    for (const PlannedReport& report : block_.reports) {
      const bool words = report.notes.find("ongoing abuse") != std::string::npos;
      for (const Mention& mention : report.mentions) {
        if (mention.role == Role::kReported && words) block_.urgent[mention.account] = "words";
        if (mention.role == Role::kReported && report.urgent) block_.urgent[mention.account] = "escalated";
      }
      for (const PlannedFile& file : report.files) {
        if (std::ranges::find(file.annotations, "liveStreaming") != file.annotations.end())
          block_.urgent[file.account] = "live streaming";
      }
    }
  }

  const OperationPlan& plan_;
  SeededRandom random_;
  Block block_;
  std::vector<Person> people_;
  std::vector<size_t> hidden_urgent_;
  size_t reported_count_ = 0;
};

}  // namespace

Block PlanBlock(const OperationPlan& plan, int64_t number) {
  return Planner(plan, number).Plan();
}

}  // namespace crossguard::simulate
