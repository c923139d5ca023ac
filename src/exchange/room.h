// What the exchange works with: the house's own keys and registers, in one hand.
#pragma once

#include <string>

#include "crypto/age.h"
#include "crypto/signing.h"
#include "custody/gate.h"
#include "env/env.h"
#include "exchange/transport.h"
#include "model/authority.h"

namespace crossguard::exchange {

// References must outlive the room.
struct Room {
  Env& env;
  Database& db;
  Gate& gate;
  const AuthorityBook& book;
  const SigningKey& message_key;
  const AgeIdentity& identity;
  std::string data_folder;  // attachments are named below it
  std::string folder;       // <data>/exchange: out/<id>/, in/<sender>/<id>/
  std::string officer;      // in whose name it is sent or taken
  std::string reason;

  NoteVerifier signer() const;  // of this house
  Ask AskTo(Act act, const std::string& object_id, std::string details_json = "{}") const {
    return {.act = act,
            .officer = officer,
            .object_id = object_id,
            .reason = reason,
            .details_json = std::move(details_json)};
  }
};

// Streams a file. kCorrupt unless it has this size and digest.
Status CheckFile(Files& files, const std::string& path, const ParcelFile& expected);
// A durable second name of a file that will not change: for files of this house only, since it may be the same file.
Status Link(Files& files, const std::string& from, const std::string& to);
// A durable copy: for what crosses the border of the data directory.
Status Copy(Files& files, const std::string& from, const std::string& to);

}  // namespace crossguard::exchange
