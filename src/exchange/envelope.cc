#include "exchange/envelope.h"

#include <algorithm>
#include <set>

#include "crypto/digest.h"
#include "model/canonical.h"
#include "model/fields.h"

namespace crossguard::exchange {
namespace {

using nlohmann::json;

constexpr std::string_view kNoteHead = "crossguard-message/1";
constexpr std::string_view kMessage = "The message";
constexpr std::string_view kOuter = "outer.json";

json FilesJson(const std::vector<ParcelFile>& files) {
  json out = json::array();
  for (const ParcelFile& file : files)
    out.push_back({{"name", file.name}, {"sha256", file.sha256.hex()}, {"size_bytes", file.size_bytes}});
  return out;
}

// Sorted by name, each name once, also where a file system does not tell capitals apart.
Result<std::vector<ParcelFile>> ParseFiles(const json& list, std::string_view what) {
  std::vector<ParcelFile> out;
  std::set<std::string> folded;
  for (const json& one : list) {
    const Fields fields = TRY(Fields::Of(one, "A file of " + std::string(what), {"name", "sha256", "size_bytes"}));
    ParcelFile file;
    file.name = TRY(fields.Line("name"));
    file.sha256 = TRY(fields.Digest("sha256"));
    file.size_bytes = static_cast<uint64_t>(TRY(fields.Count("size_bytes")));
    if (!IsSafeName(file.name)) return fields.Wrong("name", "a relative path of plain characters");
    std::string fold = file.name;
    std::ranges::transform(fold, fold.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if ((!out.empty() && out.back().name >= file.name) || !folded.insert(fold).second)
      return fields.Wrong("name", "names in order, each once");
    out.push_back(std::move(file));
  }
  return out;
}

// Which side must be brought up, in words that both sides understand.
Status CheckProtocol(const json& object, std::string_view what) {
  const auto at = object.find("protocol");
  if (at == object.end() || !at->is_number_integer())
    return Fail(Code::kInvalid, std::string(what) + " names no protocol.");
  const auto found =
      at->is_number_unsigned() && at->get<uint64_t>() > 1'000'000 ? int64_t{1'000'000} : at->get<int64_t>();
  if (found == kProtocol) return {};
  const std::string side = found > kProtocol ? "the receiving node is older and must be brought up"
                                             : "the sending node is older and must be brought up";
  return Fail(Code::kUnsupported, std::string(what) + " is of protocol " + std::to_string(found) +
                                      ", the receiver speaks " + std::to_string(kProtocol) + ": " + side + ".");
}

}  // namespace

bool IsSafeName(std::string_view name) {
  int parts = 0;
  for (size_t from = 0; from <= name.size();) {
    const size_t end = std::min(name.find('/', from), name.size());
    const std::string_view part = name.substr(from, end - from);
    const bool plain =
        !part.empty() && part.size() <= 128 && part.front() != '.' && std::ranges::all_of(part, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                 c == '-';
        });
    if (!plain || ++parts > 4) return false;
    from = end + 1;
  }
  return true;
}

std::string MessageText(const SignedMessage& message) {
  return Canonical({{"format", kNoteHead},
                    {"protocol", kProtocol},
                    {"id", message.id},
                    {"from", message.from},
                    {"to", message.to},
                    {"kind", Text(message.kind)},
                    {"created", ToText(message.created)},
                    {"in_reply_to", message.in_reply_to},
                    {"labels", LabelsJson(message.labels)},
                    {"urgency", Text(message.urgency)},
                    {"due", message.due_at ? json(ToText(*message.due_at)) : json()},
                    {"body", message.body},
                    {"attachment", FilesJson(message.attachment)}});
}

Result<SignedMessage> ParseMessage(std::string_view text) {
  const json object = TRY(ReadCanonical(text, kMessageMaxBytes, kMessage));
  if (!object.is_object()) return Fail(Code::kInvalid, "The message is not an object.");
  TRY(CheckProtocol(object, kMessage));
  const Fields fields = TRY(Fields::Of(object, kMessage,
                                       {"attachment", "body", "created", "due", "format", "from", "id", "in_reply_to",
                                        "kind", "labels", "protocol", "to", "urgency"}));
  if (TRY(fields.Line("format")) != kNoteHead) return fields.Wrong("format", "'crossguard-message/1'");
  SignedMessage out;
  out.id = TRY(fields.MessageId("id"));
  out.from = TRY(fields.Authority("from"));
  out.to = TRY(fields.Authority("to"));
  out.kind = TRY(fields.Word<MessageKind>("kind"));
  out.created = TRY(fields.Time("created"));
  out.in_reply_to = TRY(fields.MessageIdOrEmpty("in_reply_to"));
  out.labels = TRY(ParseLabels(fields.at("labels")));
  out.urgency = TRY(fields.Word<Urgency>("urgency"));
  out.due_at = TRY(fields.TimeOrNull("due"));
  if (!fields.at("body").is_object()) return fields.Wrong("body", "an object");
  out.body = fields.at("body");
  out.attachment = TRY(ParseFiles(*TRY(fields.List("attachment", kParcelFilesMax - 1)), kMessage));
  return out;
}

Result<Bytes> SignMessage(std::string_view message_text, const NoteVerifier& signer, const SigningKey& key) {
  if (message_text.size() > kMessageMaxBytes)
    return Fail(Code::kExhausted, "A message holds at most 16 MiB; send it in parts, or as an attachment.");
  const std::string head = std::string(kNoteHead) + "\n" + HashSha256(AsBytes(message_text)).hex() + "\n" +
                           std::to_string(message_text.size()) + "\n";
  const std::string note = TRY(SignNote(head, signer.name, key));
  Bytes out = ToBytes(note);
  out.insert(out.end(), message_text.begin(), message_text.end());
  return out;
}

Result<OpenedMessage> OpenSigned(ByteView content, const NoteVerifier& signer) {
  const std::string_view all = AsText(content);
  // No line of the note begins with a brace, and the message does.
  const size_t at = all.substr(0, kNoteSizeMaxBytes).find("\n{");
  if (at == std::string_view::npos) return Fail(Code::kInvalid, "The envelope holds no signed message.");
  const OpenedNote note = TRY(OpenNote(all.substr(0, at + 1), {&signer, 1}));
  OpenedMessage out;
  out.text = std::string(all.substr(at + 1));
  out.sha256 = HashSha256(AsBytes(out.text));
  if (note.text != std::string(kNoteHead) + "\n" + out.sha256.hex() + "\n" + std::to_string(out.text.size()) + "\n")
    return Fail(Code::kCorrupt, "The signature in the envelope is over another message.");
  return out;
}

std::string OuterText(const ParcelOuter& outer) {
  return Canonical({{"format", "crossguard-parcel"},
                    {"protocol", outer.protocol},
                    {"id", outer.id},
                    {"from", outer.from},
                    {"to", outer.to},
                    {"files", FilesJson(outer.files)}});
}

Result<ParcelOuter> ParseOuter(ByteView bytes) {
  const json object = TRY(ReadCanonical(AsText(bytes), kOuterMaxBytes, kOuter));
  if (!object.is_object()) return Fail(Code::kInvalid, "outer.json is not an object.");
  TRY(CheckProtocol(object, "The parcel"));
  const Fields fields = TRY(Fields::Of(object, kOuter, {"files", "format", "from", "id", "protocol", "to"}));
  if (TRY(fields.Line("format")) != "crossguard-parcel") return fields.Wrong("format", "'crossguard-parcel'");
  ParcelOuter out;
  out.id = TRY(fields.MessageId("id"));
  out.from = TRY(fields.Authority("from"));
  out.to = TRY(fields.Authority("to"));
  out.files = TRY(ParseFiles(*TRY(fields.List("files", kParcelFilesMax)), kOuter));
  bool envelope = false;
  for (const ParcelFile& file : out.files) {
    if (file.name == kEnvelopeName)
      envelope = true;
    else if (!file.name.starts_with(kAttachmentPrefix))
      return fields.Wrong("files", "envelope.age and what lies below attachment/");
  }
  if (!envelope) return fields.Wrong("files", "envelope.age");
  return out;
}

Result<OuterAddress> PeekOuter(ByteView bytes) {
  const json object = TRY(ReadCanonical(AsText(bytes), kOuterMaxBytes, kOuter));
  const auto text = [&](const char* name) {
    return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                                                   : std::string();
  };
  OuterAddress out{.id = text("id"), .from = text("from"), .to = text("to")};
  if (!IsMessageId(out.id) || !IsAuthorityId(out.from) || !IsAuthorityId(out.to))
    return Fail(Code::kInvalid, "outer.json does not say whose parcel it is.");
  return out;
}

}  // namespace crossguard::exchange
