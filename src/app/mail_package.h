// What arriving messages about packages do: contributions, sealed packages, answers to them, corrections, recalls.
// Bodies: docs/formats/messages/packages.md.
#pragma once

#include "app/mail_room.h"
#include "custody/acts.h"

namespace crossguard {

Result<Handled> HandleContribution(House& house, Transaction& transaction, const Permit& permit,
                                   const ReceivedMessage& message);
// referral_package and evidence_package: the attachment is checked from outside (signature, every part) and kept.
Result<Handled> HandlePackage(House& house, Transaction& transaction, const Permit& permit,
                              const ReceivedMessage& message);
Result<Handled> HandlePackageAnswer(House& house, Transaction& transaction, const Permit& permit,
                                    const ReceivedMessage& message);
Result<Handled> HandleCorrection(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message);
Result<Handled> HandleRecall(House& house, Transaction& transaction, const Permit& permit,
                             const ReceivedMessage& message);

// Would a receiver take this body? kInvalid, kUnsupported: as it would say.
Status CheckPackageAnswerBody(const nlohmann::json& body);
Status CheckCorrectionBody(const nlohmann::json& body);
Status CheckRecallBody(const nlohmann::json& body);

// The permit for an act that an arriving message brings about, in the name of the first officer who may. kUnavailable
// if this house has none: that is its own fault, and the message waits.
Result<Permit> PermitFor(House& house, Transaction& transaction, Act act, const std::string& object_id);

}  // namespace crossguard
