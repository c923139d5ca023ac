// Who this node is to others, and who they are to it: identity, pinning, revoking.
#pragma once

#include <string>

#include "app/desk.h"
#include "app/house.h"
#include "app/node_keys.h"
#include "base/json.h"
#include "exchange/identity.h"

namespace crossguard {

constexpr uint64_t kIdentityMaxBytes = 64 * 1024;

Result<NodeKeys> KeysOf(House& house);
// The signed identity document of this node (docs/formats/identity.md). The same each time until a key changes.
Result<std::string> IdentityOf(House& house);

struct PeerToTrust {
  std::string identity_path;
  std::string channel;  // https | folder
  std::string address;
};
// One officer's agreement to pin exactly this identity on this channel; the second pins it. A peer that was pinned
// before gets its new keys. kDenied: its own identity, an authority that is not in the book, or not yet valid.
Result<nlohmann::json> TrustPeer(House& house, const Actor& actor, const PeerToTrust& peer);
// At once, by one officer: nothing goes to it and nothing of it is taken until it is pinned anew. kNotFound.
Result<nlohmann::json> RevokePeer(House& house, const Actor& actor, const std::string& authority);
Result<nlohmann::json> ListPeers(Database& db);

}  // namespace crossguard
