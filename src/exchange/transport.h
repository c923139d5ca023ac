// The seam between the exchange and what carries it: a parcel is a folder of files that travels whole, to one peer, and
// comes back as a receipt. HTTPS (server/), a folder on a stick (exchange/folder_transport.h), a faulty network
// (tests).
//
// A parcel folder: `outer.json` (who, to whom, and each file with size and digest; readable by whoever carries it),
// `envelope.age` (the signed message, sealed to the receiver) and the files of its attachment under `attachment/`.
// Format: docs/formats/envelope.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/age.h"
#include "crypto/signing.h"

namespace crossguard::exchange {

constexpr int kProtocol = 1;
constexpr size_t kOuterMaxBytes = size_t{1024} * 1024;
constexpr size_t kParcelFilesMax = 4'096;
constexpr size_t kReceiptMaxBytes = size_t{64} * 1024;

struct ParcelFile {
  std::string name;  // relative, '/' between parts, safe: never "..", absolute, or a control character
  uint64_t size_bytes = 0;
  Sha256 sha256;
};

struct ParcelOuter {
  int protocol = kProtocol;
  std::string id;  // of the message
  std::string from;
  std::string to;
  std::vector<ParcelFile> files;  // all but outer.json itself
};

// Strict and bounded. kUnsupported for a protocol of tomorrow or of yesterday, with the sentence that says which side
// must be brought up; kInvalid otherwise.
Result<ParcelOuter> ParseOuter(ByteView json);

// Another node, as officers of this one have pinned it.
struct Peer {
  std::string authority;
  NoteVerifier signer;    // signs its messages and receipts
  AgeRecipient seal_to;   // envelopes for it
  Sha256 tls_key_sha256;  // of the SubjectPublicKeyInfo of its TLS certificate
  std::string channel;    // https | folder
  std::string address;    // "https://host:port", or a folder
  bool revoked = false;   // nothing goes to it, nothing of it is taken
};

// Carries a sealed parcel. Safe to repeat; the receiver's receipt is the same each time.
class Transport {
 public:
  virtual ~Transport() = default;
  // The receipt's bytes, not yet verified; nullopt: handed over, the receipt comes another way (a folder).
  // kUnavailable: not now, try again. kDenied: the other side does not know us, or is not who we pinned.
  virtual Result<std::optional<Bytes>> Carry(const Peer& peer, const std::string& parcel_folder,
                                             const ParcelOuter& outer) = 0;
};

// The receiving side, as a server sees it. `peer` is proven by the transport (TLS); the envelope's own signature must
// say the same.
class ParcelDesk {
 public:
  virtual ~ParcelDesk() = default;
  // The authority whose pinned TLS key this is; nullopt: unknown or revoked.
  virtual Result<std::optional<std::string>> PeerOf(const Sha256& tls_key_sha256) = 0;
  // The receipt of a parcel that was decided before; nullopt: not yet.
  virtual Result<std::optional<Bytes>> ReceiptOf(const std::string& peer, const std::string& id) = 0;
  // All files lie in `folder` with the sizes of outer.json. Verifies, applies, and returns the signed receipt (taken,
  // held or refused, with the sentence). The same parcel again: the same receipt. kUnavailable: busy, try again.
  virtual Result<Bytes> Take(const std::string& peer, const std::string& folder) = 0;
};

}  // namespace crossguard::exchange
