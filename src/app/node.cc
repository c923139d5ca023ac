#include "app/node.h"

#include "app/carriage_desk.h"
#include "crypto/digest.h"
#include "model/canonical.h"
#include "register/exchange_rows.h"

namespace crossguard {
namespace {

using nlohmann::json;
namespace rows = exchange_rows;

Status CheckAddress(const House& house, const PeerToTrust& peer) {
  if (peer.channel == kCarrierChannel) {
    const Authority* const carrier = house.book().Find(peer.address);
    if (carrier != nullptr && carrier->is_organisation() && carrier->id != house.book().self) return {};
    return Fail(Code::kInvalid,
                "The address of a peer on channel carrier is the id of the organisation that carries to it.");
  }
  if (peer.channel != "https" && peer.channel != "folder")
    return Fail(Code::kInvalid, "A channel is https, folder or carrier; name it with --channel.");
  const bool fits =
      peer.channel == "https" ? peer.address.starts_with("https://") && peer.address.size() > 8 : !peer.address.empty();
  if (!fits || peer.address.size() > 1'000 || !IsUtf8(peer.address))
    return Fail(Code::kInvalid, "Give the address of the peer: https://host:port, or a folder.");
  return {};
}

Status CheckPeer(House& house, const exchange::NodeIdentity& identity) {
  if (identity.authority == house.book().self)
    return Fail(Code::kDenied, "This is the identity of this very node; ask the other one for its own.");
  if (house.book().Find(identity.authority) == nullptr)
    return Fail(Code::kDenied, "Authority '" + identity.authority + "' is not in the authority book; enter it first.");
  if (identity.valid_from > house.env().clock.Now())
    return Fail(Code::kDenied,
                "The identity is not valid before " + ToText(identity.valid_from) + "; wait, or set the clock.");
  return {};
}

// What was sealed to the former keys is sealed again at the next round.
Status DropParcelsTo(House& house, const std::string& authority) {
  std::vector<std::string> ids;
  TRY(rows::EachOutgoing(house.db(), INT64_MAX, [&](const rows::OutgoingRow& row) -> Status {
    if (row.message.to == authority) ids.push_back(row.id);
    return {};
  }));
  for (const std::string& id : ids) TRY(house.env().files.RemoveTree(house.Path("exchange/out/" + id)));
  return {};
}

}  // namespace

Result<NodeKeys> KeysOf(House& house) {
  return LoadNodeKeys(house.env().files, house.Path("keys"));
}

Result<std::string> IdentityOf(House& house) {
  const NodeKeys keys = TRY(KeysOf(house));
  exchange::NodeIdentity identity;
  identity.authority = house.book().self;
  identity.signer = {.name = exchange::SignerName(house.book().self), .key = keys.message_key.public_key()};
  identity.seal_to = keys.envelope_identity.recipient();
  identity.tls_key_sha256 = keys.tls.KeyFingerprint();
  identity.sealing_certificate = keys.sealing.Pem();
  identity.sender_ca = keys.sender_ca;
  identity.ledger = house.ledger().verifier();
  identity.valid_from = keys.tls.NotBefore();
  return exchange::SignIdentity(identity, keys.message_key);
}

Result<json> TrustPeer(House& house, const Actor& actor, const PeerToTrust& peer) {
  TRY(CheckAddress(house, peer));
  const Bytes bytes = TRY(house.env().files.ReadWhole(peer.identity_path, kIdentityMaxBytes));
  const std::string note(AsText(bytes));
  const exchange::NodeIdentity identity = TRY(exchange::OpenIdentity(note));
  TRY(CheckPeer(house, identity));
  if (peer.channel == kCarrierChannel && peer.address == identity.authority)
    return Fail(Code::kInvalid, "Nobody carries to itself; name the organisation between the two.");
  const json details = {{"identity_sha256", HashSha256(bytes).hex()},
                        {"channel", peer.channel},
                        {"address_sha256", HashSha256(AsBytes(peer.address)).hex()}};
  const Ask ask{.act = Act::kTrustPeer,
                .officer = actor.officer,
                .object_id = identity.authority,
                .reason = actor.reason,
                .details_json = Canonical(details)};
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const ApprovalState state = TRY(house.gate().Approve(transaction, ask));
  if (state.complete()) {
    const Permit permit = TRY(house.gate().Pass(transaction, ask));
    TRY(rows::PutPeer(transaction, {.authority = identity.authority,
                                    .identity = note,
                                    .verifier = VerifierText(identity.signer),
                                    .age_recipient = identity.seal_to.text(),
                                    .tls_key_sha256 = identity.tls_key_sha256,
                                    .sealing_certificate = identity.sealing_certificate,
                                    .sender_ca = identity.sender_ca,
                                    .ledger_verifier = VerifierText(identity.ledger),
                                    .channel = peer.channel,
                                    .address = peer.address,
                                    .pinned_at = permit.at(),
                                    .revoked_at = std::nullopt}));
  }
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  if (state.complete()) TRY(DropParcelsTo(house, identity.authority));
  return json{{"authority", identity.authority},
              {"fingerprint", exchange::IdentityFingerprint(note)},
              {"approvals", state.given},
              {"needed", state.needed},
              {"trusted", state.complete()}};
}

Result<json> RevokePeer(House& house, const Actor& actor, const std::string& authority) {
  Transaction transaction = TRY(Transaction::Begin(house.db()));
  const Permit permit = TRY(house.gate().Pass(
      transaction,
      {.act = Act::kRevokePeer, .officer = actor.officer, .object_id = authority, .reason = actor.reason}));
  if (!TRY(rows::FindPeer(transaction.db(), authority)))
    return Fail(Code::kNotFound, "No node of '" + authority + "' has been pinned; see `crossguard node list`.");
  TRY(rows::RevokePeer(transaction, authority, permit.at()));
  TRY(transaction.Commit());
  TRY(house.ledger().Publish(house.db()));
  return json{{"authority", authority}, {"revoked", true}};
}

Result<json> ListPeers(Database& db) {
  json out = json::array();
  TRY(rows::EachPeer(db, [&](const rows::PeerRow& row) -> Status {
    out.push_back({{"authority", row.authority},
                   {"channel", row.channel},
                   {"address", row.address},
                   {"fingerprint", exchange::IdentityFingerprint(row.identity)},
                   {"pinned", ToText(row.pinned_at)},
                   {"revoked", row.revoked_at ? json(ToText(*row.revoked_at)) : json()}});
    return {};
  }));
  return out;
}

}  // namespace crossguard
