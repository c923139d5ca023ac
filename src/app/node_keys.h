// The keys by which this node speaks to others: made once, beside the house's other keys.
//
//   keys/message.key                 Ed25519 seed, 32 bytes: signs messages, receipts and the identity document
//   keys/exchange.age                age identity: opens envelopes
//   keys/recipient.crt, recipient.key   packages for this authority are sealed to it
//   keys/tls.crt, tls.key            TLS, as server and client: EC P-256, its subjectAltName is the authority's id
//
// Both certificates are issued by keys/sender-ca.*. An agency with a PKI of its own replaces them.
#pragma once

#include <string>

#include "crypto/age.h"
#include "crypto/signing.h"
#include "crypto/x509.h"
#include "env/env.h"
#include "model/authority.h"

namespace crossguard {

struct NodeKeys {
  SigningKey message_key;
  AgeIdentity envelope_identity;
  Certificate sealing;    // keys/recipient.crt
  Certificate tls;        // keys/tls.crt
  std::string sender_ca;  // PEM
};

// Makes what is missing, if nothing of it is there yet. Without keys/sender-ca.key there is nobody to issue: nothing is
// made, and LoadNodeKeys says what to put there.
Status MakeNodeKeys(Env& env, const std::string& keys_folder, const std::string& authority, const std::string& country);
// kNotFound names the file that is missing; kCorrupt, kInvalid a damaged one.
Result<NodeKeys> LoadNodeKeys(Files& files, const std::string& keys_folder);

}  // namespace crossguard
