#include "exchange/identity.h"

#include "base/json.h"
#include "crypto/digest.h"
#include "crypto/x509.h"
#include "model/canonical.h"
#include "model/fields.h"

namespace crossguard::exchange {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "crossguard-identity/1";
constexpr std::string_view kWhat = "The identity document";

Result<NodeIdentity> Parse(std::string_view text) {
  const json object = TRY(ReadCanonical(text, kNoteSizeMaxBytes, kWhat));
  const Fields fields = TRY(Fields::Of(object, kWhat,
                                       {"age_recipient", "authority", "format", "ledger", "messages",
                                        "sealing_certificate", "sender_ca", "tls_key_sha256", "valid_from"}));
  if (TRY(fields.Line("format")) != kFormat)
    return Fail(Code::kUnsupported,
                "The identity document is of another version than crossguard-identity/1; bring the older node up.");
  NodeIdentity out;
  out.authority = TRY(fields.Authority("authority"));
  out.signer = TRY(ParseVerifier(TRY(fields.Line("messages"))));
  out.seal_to = TRY(AgeRecipient::Parse(TRY(fields.Line("age_recipient"))));
  out.tls_key_sha256 = TRY(fields.Digest("tls_key_sha256"));
  out.sealing_certificate = TRY(fields.Text("sealing_certificate"));
  out.sender_ca = TRY(fields.Text("sender_ca", 2 * Fields::kTextMaxBytes));
  out.ledger = TRY(ParseVerifier(TRY(fields.Line("ledger"))));
  out.valid_from = TRY(fields.Time("valid_from"));
  if (out.signer.name != SignerName(out.authority))
    return fields.Wrong("messages", "a key in the authority's own name");
  TRY(Certificate::LoadPem(out.sealing_certificate));
  TRY(Certificate::LoadPemFile(out.sender_ca));
  return out;
}

}  // namespace

std::string SignerName(std::string_view authority) {
  return "crossguard/" + std::string(authority) + "/messages";
}

Result<std::string> SignIdentity(const NodeIdentity& identity, const SigningKey& key) {
  const json object = {{"format", kFormat},
                       {"authority", identity.authority},
                       {"messages", VerifierText(identity.signer)},
                       {"age_recipient", identity.seal_to.text()},
                       {"tls_key_sha256", identity.tls_key_sha256.hex()},
                       {"sealing_certificate", identity.sealing_certificate},
                       {"sender_ca", identity.sender_ca},
                       {"ledger", VerifierText(identity.ledger)},
                       {"valid_from", ToText(identity.valid_from)}};
  const std::string text = Canonical(object);
  TRY(Parse(text));  // what nobody could read is not signed
  return SignNote(text + "\n", identity.signer.name, key);
}

Result<NodeIdentity> OpenIdentity(std::string_view note) {
  // The key stands in the text: it is read first, and trusted with nothing but its own signature.
  const size_t end = note.find('\n');
  if (note.size() > kNoteSizeMaxBytes || end == std::string_view::npos)
    return Fail(Code::kInvalid, "This is not an identity document; ask the other node for `crossguard node identity`.");
  NodeIdentity out = TRY(Parse(note.substr(0, end)));
  const OpenedNote opened = TRY(OpenNote(note, {&out.signer, 1}));
  if (opened.text != note.substr(0, end + 1))
    return Fail(Code::kInvalid, "The identity document holds more than one line above its signature.");
  return out;
}

std::string IdentityFingerprint(std::string_view note) {
  const std::string hex = HashSha256(AsBytes(note)).hex();
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 8) out += (i == 0 ? "" : " ") + hex.substr(i, 8);
  return out;
}

Result<Peer> PeerFrom(const exchange_rows::PeerRow& row) {
  Peer out;
  out.authority = row.authority;
  out.signer = TRY(ParseVerifier(row.verifier));
  out.seal_to = TRY(AgeRecipient::Parse(row.age_recipient));
  out.tls_key_sha256 = row.tls_key_sha256;
  out.channel = row.channel;
  out.address = row.address;
  out.revoked = row.revoked_at.has_value();
  return out;
}

}  // namespace crossguard::exchange
