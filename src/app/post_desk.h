// What a person sends: contributions, packages, answers to packages, recalls, corrections. Each is posted in the
// transaction of its act and leaves with the next `exchange send`.
#pragma once

#include <string>

#include "app/desk.h"
#include "app/house.h"
#include "app/progress.h"
#include "base/json.h"
#include "model/message.h"

namespace crossguard {

// Labels of what this house says as its owner to one authority: H0 and H2, not assessed, released to it.
Labels OwnLabelsTo(const House& house, const std::string& to, const std::string& purpose);

// One message, posted as an act of an officer: the permit's leaf, the rows that `also` writes under the message's id,
// and the outbox row stand together. kNotFound: the recipient is not in the authority book.
using Also = std::function<Status(Transaction& transaction, const Permit& permit, const std::string& id)>;
Result<std::string> PostAs(House& house, const Ask& ask, const OutgoingMessage& message, const Also& also = {});

// A file of holdings whose owner is this authority. kInvalid, kDenied: it is not.
Result<nlohmann::json> SendHoldings(House& house, const Actor& actor, const std::string& path, const std::string& to);

// Seals what is composed, then posts every released package of the operation to its authority; once each.
Result<nlohmann::json> SendPackages(House& house, const Actor& actor, const std::string& operation, Progress& progress);
// A package that was sealed before its recipient's node was pinned: sealed anew to the pinned certificate, with the
// same contents. The former seal stays as a row, marked superseded; two officers release it as ever. kConflict: it went
// already, it is sealed to that certificate, or nobody is pinned.
Result<nlohmann::json> SealAnew(House& house, const Actor& actor, const std::string& package, Progress& progress);
// The open recall is visible until the recipient has acknowledged it. kNotFound, kConflict: it never went.
Result<nlohmann::json> RecallPackage(House& house, const Actor& actor, const std::string& package,
                                     const std::string& why);
// Recalls and how each stands: open, acknowledged, refused.
Result<nlohmann::json> ListRecalls(House& house);

struct PackageReply {
  std::string sender;  // empty: the only one from whom a package of this id came
  std::string package;
  std::string decision;  // accept | refuse | already_known | ask
  std::string case_number;
  std::string text;  // of a question, or a remark
};
// As a national authority: answers a package that came. kConflict: it was answered otherwise, or it was recalled.
Result<nlohmann::json> ReplyToPackage(House& house, const Actor& actor, const PackageReply& reply);
Result<nlohmann::json> ListReceivedPackages(House& house);
// Questions that authorities asked about packages of this house.
Result<nlohmann::json> ListQuestions(House& house);

struct CorrectionToSend {
  std::string to, about, text;
};
Result<nlohmann::json> SendCorrection(House& house, const Actor& actor, const CorrectionToSend& correction);

}  // namespace crossguard
