#include "exchange/receipt.h"

#include "model/canonical.h"
#include "model/fields.h"

namespace crossguard::exchange {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "crossguard-receipt/1";
constexpr std::string_view kWhat = "The receipt";

Result<Receipt> Parse(std::string_view text) {
  const json object = TRY(ReadCanonical(text, kReceiptMaxBytes, kWhat));
  const Fields fields = TRY(Fields::Of(
      object, kWhat,
      {"at", "code", "envelope_sha256", "facts", "format", "from", "id", "message_sha256", "sentence", "state", "to"}));
  if (TRY(fields.Line("format")) != kFormat)
    return Fail(Code::kUnsupported,
                "The receipt is of another version than crossguard-receipt/1; bring the older node up.");
  Receipt out;
  out.id = TRY(fields.MessageId("id"));
  out.from = TRY(fields.Authority("from"));
  out.to = TRY(fields.Authority("to"));
  out.state = TRY(fields.OneOf("state", {"taken", "held", "refused"}));
  if (!fields.at("code").is_null()) {
    out.code = CodeFromName(TRY(fields.Line("code")));
    if (!out.code) return fields.Wrong("code", "one of the eight codes");
  }
  if (out.code.has_value() == (out.state == "taken"))
    return fields.Wrong("code", "a code exactly where it was not taken");
  out.sentence = TRY(fields.LineOrEmpty("sentence", kSentenceMaxBytes));
  if (!fields.at("facts").is_object() || Canonical(fields.at("facts")).size() > kFactsMaxBytes)
    return fields.Wrong("facts", "an object of at most 16 KiB");
  out.facts = fields.at("facts");
  out.envelope_sha256 = TRY(fields.Digest("envelope_sha256"));
  if (!fields.at("message_sha256").is_null()) out.message_sha256 = TRY(fields.Digest("message_sha256"));
  out.at = TRY(fields.Time("at"));
  return out;
}

}  // namespace

std::optional<Code> CodeFromName(std::string_view name) {
  for (const Code code : {Code::kInvalid, Code::kNotFound, Code::kConflict, Code::kDenied, Code::kCorrupt,
                          Code::kExhausted, Code::kUnavailable, Code::kUnsupported}) {
    if (Name(code) == name) return code;
  }
  return std::nullopt;
}

Result<std::string> SignReceipt(const Receipt& receipt, const NoteVerifier& signer, const SigningKey& key) {
  if (Canonical(receipt.facts).size() > kFactsMaxBytes)
    return Fail(Code::kExhausted, "The facts of a receipt may take 16 KiB; let the handler say less.");
  const json object = {{"format", kFormat},
                       {"id", receipt.id},
                       {"from", receipt.from},
                       {"to", receipt.to},
                       {"state", receipt.state},
                       {"code", receipt.code ? json(Name(*receipt.code)) : json()},
                       {"sentence", receipt.sentence},
                       {"facts", receipt.facts},
                       {"envelope_sha256", receipt.envelope_sha256.hex()},
                       {"message_sha256", receipt.message_sha256 ? json(receipt.message_sha256->hex()) : json()},
                       {"at", ToText(receipt.at)}};
  const std::string text = Canonical(object);
  TRY(Parse(text));
  return SignNote(text + "\n", signer.name, key);
}

Result<Receipt> OpenReceipt(std::string_view note, const NoteVerifier& signer) {
  if (note.size() > kReceiptMaxBytes) return Fail(Code::kExhausted, "The receipt is larger than 64 KiB.");
  const OpenedNote opened = TRY(OpenNote(note, {&signer, 1}));
  return Parse(std::string_view(opened.text).substr(0, opened.text.size() - 1));
}

}  // namespace crossguard::exchange
