// For tests of the policy: random universes of labels and members, random questions, and a plain reference that answers
// them. The reference was written from the rules in words (trust: default deny, deny wins, need to know; Europol
// Regulation art. 18-20, 30; handling codes H0-H3) and shares nothing with the rule table but the vocabulary.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "custody/acts.h"
#include "model/labels.h"
#include "model/policy_rules.h"

namespace crossguard::testing_policy {

struct Grant {
  std::string compartment, officer;
  Instant from;
  std::optional<Instant> until;
};
struct Universe {
  std::vector<std::string> operations;
  std::vector<Grant> grants, glass;
  std::vector<Labels> labels;
};
struct Question {
  DataAct act = DataAct::kRead;
  std::string authority, officer;
  uint32_t roles = 0;
  Instant now;
  std::string purpose, recipient;
  bool gateway_allows = false;
  std::vector<std::string> permissions, officers;
  bool may_be_minor = false;
};
struct Ruling {
  bool permit = false;
  uint32_t obligations = 0;
};

inline const std::vector<std::string>& Authorities() {
  static const std::vector<std::string> kAll = {"at-bk", "eu-europol", "nz-dia", "o'brien\"|+"};
  return kAll;
}

class Dice {
 public:
  explicit Dice(std::mt19937_64& random) : random_(random) {}
  bool OneIn(uint64_t n) { return random_() % n == 0; }
  int64_t Below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  template <class T>
  const T& Of(const std::vector<T>& all) {
    return all[static_cast<size_t>(Below(static_cast<int64_t>(all.size())))];
  }
  std::vector<std::string> SomeOf(const std::vector<std::string>& sorted, uint64_t one_in) {
    std::vector<std::string> out;
    for (const std::string& one : sorted) {
      if (OneIn(one_in)) out.push_back(one);
    }
    return out;
  }

 private:
  std::mt19937_64& random_;
};

constexpr int64_t kTimeMax = 8;  // few instants, so that edges are met

inline Universe AnyUniverse(std::mt19937_64& random) {
  Dice dice(random);
  Universe out;
  out.operations = {"op-a", "op-b", "op-c"};
  const std::vector<std::string> compartments = {"cas-9", "op-a", "op-b", "op-c"};
  const std::vector<std::string> officers = {"officer-1", "officer-2", "officer-3"};
  for (const std::string& compartment : compartments) {
    if (dice.OneIn(3)) continue;  // open, or nobody's
    for (const std::string& officer : officers) {
      if (dice.OneIn(2)) {
        Grant grant{compartment, officer, Instant{dice.Below(kTimeMax)}, std::nullopt};
        if (dice.OneIn(2)) grant.until = Instant{dice.Below(kTimeMax)};
        out.grants.push_back(grant);
      }
      if (dice.OneIn(4)) {
        out.glass.push_back({compartment, officer, Instant{dice.Below(kTimeMax)}, Instant{dice.Below(kTimeMax)}});
      }
    }
  }
  for (int i = 0; i < 200; ++i) {
    Labels labels;
    if (!dice.OneIn(8)) labels.owner = dice.OneIn(2) ? "nz-dia" : dice.Of(Authorities());
    labels.originators = dice.SomeOf(Authorities(), 3);
    labels.purposes =
        dice.OneIn(8)
            ? std::vector<std::string>()
            : dice.SomeOf({"cross_check", "facilitate_exchange", "operational_analysis", "strategic_analysis"},
                          dice.OneIn(2) ? 1 : 2);
    for (const HandlingCode code : {HandlingCode::kH0, HandlingCode::kH1, HandlingCode::kH2, HandlingCode::kH3}) {
      if (dice.OneIn(2)) labels.handling.push_back(code);
    }
    labels.handling_text = dice.OneIn(2) ? "Ask first." : "";
    labels.category = static_cast<DataSubjectCategory>(dice.Below(8));
    if (dice.OneIn(2)) labels.release_to = dice.SomeOf(Authorities(), 2);
    for (const std::string& one : dice.SomeOf(compartments, 5)) {
      labels.compartment += (labels.compartment.empty() ? "" : "+") + one;
    }
    out.labels.push_back(std::move(labels));
  }
  return out;
}

inline Question AnyQuestion(std::mt19937_64& random) {
  Dice dice(random);
  Question out;
  out.act = static_cast<DataAct>(dice.Below(static_cast<int64_t>(Words<DataAct>::kTexts.size())));
  out.authority = dice.OneIn(4) ? dice.Of(Authorities()) : "nz-dia";
  out.officer = dice.Of(std::vector<std::string>{"officer-1", "officer-2", "officer-3", "officer-4"});
  out.roles = dice.OneIn(8) ? 0 : static_cast<uint32_t>(dice.Below(64));
  out.now = Instant{dice.Below(kTimeMax)};
  out.purpose = dice.Of(std::vector<std::string>{"cross_check", "facilitate_exchange", "operational_analysis",
                                                 "operational_analysis", "strategic_analysis", "curiosity", ""});
  if (!dice.OneIn(4)) out.recipient = dice.Of(Authorities());
  out.gateway_allows = !dice.OneIn(3);
  out.permissions = dice.SomeOf(Authorities(), 2);
  for (int64_t i = dice.Below(4); i > 0; --i) out.officers.push_back("officer-" + std::to_string(dice.Below(3)));
  out.may_be_minor = dice.OneIn(2);
  return out;
}

// --- the reference ---

inline bool Among(const std::vector<std::string>& all, const std::string& one) {
  for (const std::string& each : all) {
    if (each == one) return true;
  }
  return false;
}

enum class Access : uint8_t { kNone, kGlassOnly, kFull };

// One compartment, one officer, one moment.
inline Access AccessTo(const Universe& universe, const std::string& compartment, const std::string& officer,
                       Instant now) {
  bool anybody = false;
  for (const Grant& grant : universe.grants) {
    if (grant.compartment != compartment) continue;
    anybody = true;
    const bool ended = grant.until.has_value() && now.micros >= grant.until->micros;
    if (grant.officer == officer && now.micros >= grant.from.micros && !ended) return Access::kFull;
  }
  if (!anybody && Among(universe.operations, compartment)) return Access::kFull;
  for (const Grant& glass : universe.glass) {
    if (glass.compartment == compartment && glass.officer == officer && now.micros >= glass.from.micros &&
        now.micros < glass.until->micros)
      return Access::kGlassOnly;
  }
  return Access::kNone;
}

inline bool MayByRole(DataAct act, uint32_t roles) {
  const bool dissemination = (roles & RoleBit(Role::kDissemination)) != 0;
  const bool supervisor = (roles & RoleBit(Role::kSupervisor)) != 0;
  const bool data_protection = (roles & RoleBit(Role::kDataProtection)) != 0;
  if (act == DataAct::kRelease || act == DataAct::kUseInProceedings) return dissemination || supervisor;
  if (act == DataAct::kWiden || act == DataAct::kRelabel || act == DataAct::kBreakGlass)
    return supervisor || data_protection;
  return roles != 0;
}

inline Ruling Reference(const Universe& universe, const Question& ask, const Labels& labels) {
  const Ruling no;
  const bool mine = labels.owner != "" && labels.owner == ask.authority;
  const bool named = labels.release_to.has_value() && Among(*labels.release_to, ask.authority);
  bool h1 = false, h2 = false, h3 = false;
  for (const HandlingCode code : labels.handling) {
    h1 = h1 || code == HandlingCode::kH1;
    h2 = h2 || code == HandlingCode::kH2;
    h3 = h3 || code == HandlingCode::kH3;
  }
  // Whose consent counts, and whether it is there.
  std::vector<std::string> asked = labels.originators;
  if (asked.empty() && !labels.owner.empty()) asked.push_back(labels.owner);
  bool consent = !asked.empty();
  for (const std::string& one : asked) consent = consent && (one == ask.authority || Among(ask.permissions, one));

  if (!MayByRole(ask.act, ask.roles)) return no;
  bool through_glass = false;
  bool outside = false;
  std::string compartment;
  for (const char c : labels.compartment + "+") {
    if (c != '+') {
      compartment += c;
      continue;
    }
    if (!compartment.empty()) {
      const Access access = AccessTo(universe, compartment, ask.officer, ask.now);
      outside = outside || access == Access::kNone;
      through_glass = through_glass || access == Access::kGlassOnly;
    }
    compartment.clear();
  }
  if (outside && ask.act != DataAct::kBreakGlass) return no;

  Ruling yes{.permit = true};
  const auto oblige = [&](Obligation one) { yes.obligations |= ObligationBit(one); };
  if (through_glass && !outside) {
    oblige(Obligation::kLogged);
    oblige(Obligation::kNotifyOwner);
  }
  const bool looks = ask.act == DataAct::kRead || ask.act == DataAct::kSearch || ask.act == DataAct::kCount;
  const bool uses = looks || ask.act == DataAct::kSeeExistence || ask.act == DataAct::kRelease ||
                    ask.act == DataAct::kUseInProceedings;
  if (uses) {
    const bool known_purpose = ask.purpose == "cross_check" || ask.purpose == "strategic_analysis" ||
                               ask.purpose == "operational_analysis" || ask.purpose == "facilitate_exchange";
    if (!known_purpose || !Among(labels.purposes, ask.purpose)) return no;
    if (h1) oblige(Obligation::kNotInProceedings);
    if (h2) oblige(Obligation::kNotDisseminated);
    if (h3) oblige(Obligation::kShowText);
  }
  switch (ask.act) {
    case DataAct::kSeeExistence:
      if (!mine && !named) oblige(Obligation::kHitOnly);
      return yes;
    case DataAct::kRead:
    case DataAct::kCount:
      return mine || named ? yes : no;
    case DataAct::kSearch:
      if (labels.category == DataSubjectCategory::kVictim || labels.category == DataSubjectCategory::kWitness ||
          labels.category == DataSubjectCategory::kInformant)
        return no;
      if (labels.category == DataSubjectCategory::kUnresolved && ask.may_be_minor) return no;
      return mine || named ? yes : no;
    case DataAct::kRelease: {
      const bool gives_back = labels.owner != "" && labels.owner == ask.recipient;
      if (!ask.gateway_allows) return no;
      if (labels.release_to.has_value() && !Among(*labels.release_to, ask.recipient) && !gives_back) return no;
      if (h2 && !consent && !gives_back) return no;
      return mine || named ? yes : no;
    }
    case DataAct::kUseInProceedings:
      if (h1 && !consent) return no;
      return mine || named ? yes : no;
    case DataAct::kWiden:
      return consent ? yes : no;
    case DataAct::kRelabel:
      return yes;
    case DataAct::kReadLedger:
      return mine || named ? yes : no;
    case DataAct::kBreakGlass:
      for (const std::string& one : ask.officers) {
        if (one == ask.officers[0]) continue;
        oblige(Obligation::kLogged);
        oblige(Obligation::kNotifyOwner);
        return yes;
      }
      return no;
  }
  return no;
}

}  // namespace crossguard::testing_policy
