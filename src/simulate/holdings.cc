#include "simulate/holdings.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "simulate/words.h"

namespace crossguard::simulate {
namespace {

using json = nlohmann::ordered_json;

// Never a subject of the index: victims, and those who by what is declared may be minors. (Who is a minor only by what
// the free text says is one too, in truth.)
bool IsSubject(const PlannedAccount& account) {
  return account.role == Role::kReported && !account.minor;
}

// A partner writes identifiers as its own officers do.
std::string Respelled(const PlannedSelector& selector, SeededRandom& random) {
  if (selector.type == "email" && random.Chance(0.3)) return UpperCase(selector.value);
  if (selector.type == "phone" && random.Chance(0.3))
    return selector.value.substr(0, 4) + " " + selector.value.substr(4);
  return selector.value;
}

class Partnering {
 public:
  Partnering(const Block& block, HoldingItems& items, TruthParts& truth, SeededRandom& random)
      : block_(block), items_(items), truth_(truth), random_(random) {}

  void Hold(size_t partner, const std::string& type, const std::string& value, const char* category) {
    const json item = {{"type", type},
                       {"value", value},
                       {"category", category},
                       {"ref", "case-" + std::to_string(random_.Below(100'000))}};
    items_[partner] += ",\n" + item.dump();
  }
  void Hit(size_t partner, const std::string& type, const std::string& value, std::string_view where, size_t account) {
    const PlannedAccount& one = block_.accounts[account];
    if (!IsSubject(one) || !hits_.emplace(partner, type, value, account).second) return;
    Append(truth_, Section::kHits,
           json{{"owner", kPartners[partner].authority},
                {"type", type},
                {"value", value},
                {"service", one.service},
                {"esp_identifier", one.id},
                {"where", where}}
               .dump());
  }

  void HoldSelector(size_t account) {
    const auto& selectors = block_.accounts[account].selectors;
    const PlannedSelector& chosen = selectors[random_.Below(selectors.size())];
    if (chosen.type == "payment") return;
    const size_t partner = random_.Below(kPartnerCount);
    const double roll = random_.Unit();
    Hold(partner, chosen.type, Respelled(chosen, random_),
         roll < 0.8   ? "suspect"
         : roll < 0.9 ? "convicted"
                      : "potential_future");
    for (size_t other = 0; other < block_.accounts.size(); ++other) {
      for (const PlannedSelector& one : block_.accounts[other].selectors) {
        if (one.type == chosen.type && one.value == chosen.value)
          Hit(partner, chosen.type, chosen.value, Text(one.where), other);
      }
    }
  }

  void HoldDigest(const std::vector<OwnedContent>& owned) {
    const OwnedContent& chosen = owned[random_.Below(owned.size())];
    const size_t partner = random_.Below(kPartnerCount);
    const bool md5 = random_.Chance(0.5);
    const std::string value = md5 ? chosen.digests.md5.hex() : chosen.digests.sha256.hex();
    Hold(partner, md5 ? "md5" : "sha256", value, "suspect");
    for (const OwnedContent& other : owned) {
      if (other.digests.sha256 == chosen.digests.sha256)
        Hit(partner, md5 ? "md5" : "sha256", value, "digest", other.account);
    }
  }

 private:
  const Block& block_;
  HoldingItems& items_;
  TruthParts& truth_;
  SeededRandom& random_;
  std::set<std::tuple<size_t, std::string, std::string, size_t>> hits_;
};

}  // namespace

const std::array<Partner, kPartnerCount> kPartners{{
    {.authority = "eu-europol", .handling = R"(["H1"])", .handling_text = "", .grade = "B2"},
    {.authority = "au-afp", .handling = R"(["H1"])", .handling_text = "", .grade = "A2"},
    {.authority = "gb-nca",
     .handling = R"(["H1", "H3"])",
     .handling_text = "No arrest without talking to the owner first.",
     .grade = "B1"},
    {.authority = "us-fbi", .handling = R"(["H0"])", .handling_text = "", .grade = "C3"},
}};

std::string HeadOf(const Partner& partner) {
  const std::string owner(partner.authority);
  return R"({"format": "crossguard-holdings/1", "owner": ")" + owner + R"(", "purpose": "cross_check", "handling": )" +
         std::string(partner.handling) + R"(, "handling_text": ")" + std::string(partner.handling_text) +
         R"(", "grade": ")" + std::string(partner.grade) + R"(", "contact": "csa-desk@)" + owner +
         ".example\", \"items\": [";
}

void AppendHoldings(const OperationPlan& plan, const Block& block, const std::vector<OwnedContent>& owned,
                    HoldingItems& items, TruthParts& truth) {
  SeededRandom random(Mix(Mix(plan.seed, 0x401D), static_cast<uint64_t>(block.number)));
  Partnering partnering(block, items, truth, random);
  for (size_t i = 0; i < block.accounts.size(); ++i) {
    const PlannedAccount& account = block.accounts[i];
    if (account.selectors.empty()) continue;
    if (account.role == Role::kReported && random.Chance(0.06)) partnering.HoldSelector(i);
    // A victim's identifier that a partner holds as a suspect's by mistake: no hit may come of it.
    if (account.role == Role::kVictim && random.Chance(0.2))
      partnering.Hold(random.Below(kPartnerCount), account.selectors.front().type, account.selectors.front().value,
                      "suspect");
  }
  for (size_t i = 0; i < owned.size() / 60; ++i) partnering.HoldDigest(owned);
  for (int i = 0; i < 40; ++i)
    partnering.Hold(random.Below(kPartnerCount), "email", Mailbox(900'000'000 + random.Below(1'000'000), random),
                    random.Chance(0.9) ? "suspect" : "contact_associate");
  partnering.Hold(random.Below(kPartnerCount), "email", Mailbox(800'000'000 + random.Below(1'000'000), random),
                  "victim");
  partnering.Hold(random.Below(kPartnerCount), "email", Mailbox(800'000'000 + random.Below(1'000'000), random),
                  "witness");
  partnering.Hold(random.Below(kPartnerCount), "phone", "not a number", "suspect");
}

}  // namespace crossguard::simulate
