// What a person asks other nodes, and answers them: information, releases after a hit, hit or no hit.
#pragma once

#include <string>
#include <vector>

#include "app/desk.h"
#include "app/house.h"
#include "base/json.h"

namespace crossguard {

struct InformationToAsk {
  std::string to, question, legal_basis;
  std::vector<std::string> selectors;  // "type:value"
  std::string urgency = "normal";      // normal 7 days | urgent 3 days | urgent_direct 8 hours
};
Result<nlohmann::json> AskInformation(House& house, const Actor& actor, const InformationToAsk& request);
// decision: answered | refused | clarification (a question back: the request stays open). kConflict: answered before.
struct InformationToGive {
  std::string id, decision, text;
};
Result<nlohmann::json> AnswerInformation(House& house, const Actor& actor, const InformationToGive& answer);
// Both directions; an open one past its due time is overdue.
Result<nlohmann::json> ListInformation(House& house);

struct ReleaseToAsk {
  std::string to, selector, why;
};
Result<nlohmann::json> AskRelease(House& house, const Actor& actor, const ReleaseToAsk& request);
// One officer's agreement to decide so; the second sends the decision, and on yes only what the hit named.
struct ReleaseToDecide {
  std::string id;
  bool granted = false;
  std::string reason;
};
Result<nlohmann::json> DecideRelease(House& house, const Actor& actor, const ReleaseToDecide& decision);
Result<nlohmann::json> ListReleases(House& house);

struct HitToAsk {
  std::string to, selector;
};
Result<nlohmann::json> AskHit(House& house, const Actor& actor, const HitToAsk& query);
// Open and blinded questions, newest first of each.
Result<nlohmann::json> ListHits(House& house);

}  // namespace crossguard
