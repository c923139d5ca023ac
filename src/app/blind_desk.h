// Hit or no hit without telling the question: tags are published, blinded questions asked and, at an audit, opened.
// docs/decisions/blinded_hit_no_hit.md.
#pragma once

#include <string>
#include <vector>

#include "app/desk.h"
#include "app/house.h"
#include "base/json.h"

namespace crossguard {

// What `to` would be told by open questions, as tags under this week's key for it, in as many messages as they need.
// The same as was published last: nothing is posted. kDenied: no gateway for selectors to it. Destroys ended keys.
Result<nlohmann::json> PublishTags(House& house, const Actor& actor, const std::string& to);

struct BlindQuestion {
  std::string to;
  std::vector<std::string> selectors;  // "type:value", at most kBlindElementsMax, each once
  std::string case_number;             // the holder receives a commitment to it only
  std::string legal_basis;
};
// kNotFound: `to` has published no tags to this node. kConflict: their week is over.
Result<nlohmann::json> AskBlind(House& house, const Actor& actor, const BlindQuestion& question);
// One entry for each selector, as ListHits (app/request_desk.h), which includes them.
Status EachBlindHit(House& house, const std::function<void(nlohmann::json)>& on_hit);

// Everything that an auditor of the holder needs to see what was asked: selectors, blinds, the case. Handing it over is
// the asker's decision; the ledger keeps that it was made. kNotFound.
Result<nlohmann::json> OpenQuestion(House& house, const Actor& actor, const std::string& id);
// As the holder: whether the opening is of the question that stands here. kCorrupt: it is not; kNotFound: no such
// question came. Counts only: the selectors are in the file.
Result<nlohmann::json> CheckOpening(House& house, const Actor& actor, const std::string& path);

}  // namespace crossguard
