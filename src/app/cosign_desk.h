// Checkpoints of ledgers between nodes: asked for, cosigned, kept, compared. The rules: custody/witness.h; the
// messages: docs/formats/messages/retention.md.
#pragma once

#include <string>

#include "app/desk.h"
#include "app/mail_room.h"
#include "base/json.h"

namespace crossguard {

// Sends the published head to each witness of config/retention.toml that has not cosigned it, with the proof from what
// it cosigned last.
Result<nlohmann::json> AskCosignatures(House& house, const Actor& actor);
// {"needed","witnesses","quorum_size","cosigned":[{"size","by"}],"seen":[...],"alarms":[...]}. Verifies every kept
// line: kCorrupt if one does not hold.
Result<nlohmann::json> ShowWitnesses(House& house);
// A checkpoint that somebody else was shown, from a file, against what this house saw.
Result<nlohmann::json> CompareCheckpoint(House& house, const Actor& actor, const std::string& path);

// Another node's head: answered with a cosignature, with the size that was seen last, or with a refusal.
Result<Handled> HandleCheckpoint(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message);
// A witness's answer to this house's head.
Result<Handled> HandleCheckpointCosigned(House& house, Transaction& transaction, const Permit& permit,
                                         const ReceivedMessage& message);

}  // namespace crossguard
