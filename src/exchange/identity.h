// Who a node is: what another node must know to talk to it, signed by the key that signs its messages. The document is
// no proof of itself: officers compare its fingerprint over another way before they pin it. docs/formats/identity.md.
#pragma once

#include <string>

#include "crypto/age.h"
#include "crypto/signing.h"
#include "exchange/transport.h"
#include "register/exchange_rows.h"

namespace crossguard::exchange {

struct NodeIdentity {
  std::string authority;
  NoteVerifier signer;              // of its messages and receipts; its name is SignerName(authority)
  AgeRecipient seal_to;             // envelopes for it
  Sha256 tls_key_sha256;            // SubjectPublicKeyInfo of its TLS certificate
  std::string sealing_certificate;  // PEM, one: packages for it
  std::string sender_ca;            // PEM, one or more: who vouches for the signer of its packages
  NoteVerifier ledger;              // of its checkpoints
  Instant valid_from;
};

// The name in the signature lines of its messages: "crossguard/<authority>/messages".
std::string SignerName(std::string_view authority);

// A C2SP signed note over canonical JSON.
Result<std::string> SignIdentity(const NodeIdentity& identity, const SigningKey& key);
// Strict; kCorrupt or kDenied if the signature is not by the key that it names itself.
Result<NodeIdentity> OpenIdentity(std::string_view note);
// What officers read to each other: SHA-256 of the note, 8 groups of 8 hex digits.
std::string IdentityFingerprint(std::string_view note);

// A pinned peer, from its row. kCorrupt if the row is damaged.
Result<Peer> PeerFrom(const exchange_rows::PeerRow& row);

}  // namespace crossguard::exchange
