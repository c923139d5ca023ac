#include "server/https_transport.h"

#include <map>

#include "base/json.h"
#include "crypto/digest.h"
#include "server/status.h"

namespace crossguard::server {
namespace {

constexpr int kOffsetsAskedMax = 3;  // of one parcel in one call; then the caller comes again

// One path segment: everything but the unreserved characters is percent-encoded (RFC 3986).
std::string Segment(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 15U]);
    }
  }
  return out;
}

std::unexpected<Error> StrangeAnswer() {
  return Fail(Code::kUnsupported, "The other node's answer is not that of this protocol: bring both to one version.");
}

// What the other side has: its word, checked for shape only. The receipt is verified by who reads it.
struct Standing {
  std::optional<Bytes> receipt;
  std::string outer_sha256;
  std::map<std::string, uint64_t> received_bytes;
};

Result<Standing> ParseStanding(const Bytes& body) {
  const auto json = ParseJson(body);
  if (!json.is_object() || !json.contains("state")) return StrangeAnswer();
  Standing out;
  if (json["state"] == "decided") {
    if (!json.contains("receipt") || !json["receipt"].is_string()) return StrangeAnswer();
    out.receipt = TRY(FromBase64(json["receipt"].get_ref<const std::string&>()));
    return out;
  }
  const auto outer = json.find("outer_sha256");
  const auto files = json.find("files");
  if (json["state"] != "open" || outer == json.end() || !outer->is_string() || files == json.end() ||
      !files->is_array() || files->size() > exchange::kParcelFilesMax)
    return StrangeAnswer();
  out.outer_sha256 = outer->get<std::string>();
  for (const auto& file : *files) {
    if (!file.is_object() || !file.contains("name") || !file["name"].is_string() || !file.contains("received_bytes") ||
        !file["received_bytes"].is_number_unsigned())
      return StrangeAnswer();
    out.received_bytes[file["name"].get<std::string>()] = file["received_bytes"].get<uint64_t>();
  }
  return out;
}

}  // namespace

// One parcel over one connection.
class HttpsTransport::Journey {
 public:
  Journey(Env& env, HttpsClient& client, const std::string& folder, const exchange::ParcelOuter& outer)
      : env_(env), client_(client), folder_(folder), outer_(outer), path_("/v1/parcels/" + Segment(outer.id)) {}

  Result<Bytes> Go() {
    const Standing standing = TRY(Announce());
    if (standing.receipt) return *standing.receipt;
    if (const Status sent = SendFiles(standing); !sent) {
      offset_moved_ = sent.error().code == Code::kConflict;
      return std::unexpected(sent.error());
    }
    auto answer = TRY(Good(client_.Ask("POST", path_ + "/deliver")));
    if (answer.empty() || answer.size() > exchange::kReceiptMaxBytes) return StrangeAnswer();
    return answer;
  }
  // The other side goes on elsewhere than it said: it may still be writing what a connection that was cut had brought.
  bool offset_moved() const { return offset_moved_; }

 private:
  static Result<Bytes> Good(Result<HttpsClient::Answer> answer) {
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 200) return std::move(answer->body);
    return std::unexpected(ErrorOfAnswer(answer->status, answer->body));
  }

  // How far it is; the parcel is opened there, or changed, if it is another than ours.
  Result<Standing> Announce() {
    const Bytes json = TRY(env_.files.ReadWhole(folder_ + "/outer.json", exchange::kOuterMaxBytes));
    const auto state = TRY(client_.Ask("GET", path_));
    if (state.status == 200) {
      Standing standing = TRY(ParseStanding(state.body));
      if (standing.receipt || standing.outer_sha256 == HashSha256(json).hex()) return standing;
    } else if (state.status != 404) {
      return std::unexpected(ErrorOfAnswer(state.status, state.body));
    }
    const auto body = TRY(Good(client_.Ask("PUT", path_ + "/outer", "Content-Type: application/json\r\n", json)));
    return ParseStanding(body);
  }

  Status SendFiles(const Standing& standing) {
    for (const exchange::ParcelFile& file : outer_.files) {
      const auto received = standing.received_bytes.find(file.name);
      if (received == standing.received_bytes.end() || received->second > file.size_bytes) return StrangeAnswer();
      if (received->second < file.size_bytes) TRY(SendFile(file, received->second));
    }
    return {};
  }

  Status SendFile(const exchange::ParcelFile& file, uint64_t from) {
    const auto content = TRY(env_.files.OpenRead(folder_ + "/" + file.name));
    if (content->size() != file.size_bytes)
      return Fail(Code::kCorrupt, "A file of the parcel has another size than outer.json says: seal it again.");
    uint64_t at = from;
    const Source source = [&](std::span<uint8_t> out) -> Result<size_t> {
      const size_t bytes = TRY(content->ReadAt(at, out));
      at += bytes;
      return bytes;
    };
    const std::string range = "Content-Range: bytes " + std::to_string(from) + "-" +
                              std::to_string(file.size_bytes - 1) + "/" + std::to_string(file.size_bytes) + "\r\n";
    TRY(Good(client_.Send("PUT", path_ + "/files/" + Segment(file.name), range, file.size_bytes - from, source)));
    return {};
  }

  Env& env_;
  HttpsClient& client_;
  const std::string& folder_;
  const exchange::ParcelOuter& outer_;
  const std::string path_;
  bool offset_moved_ = false;
};

HttpsTransport::HttpsTransport(Env& env, TlsContext tls, ClientLimits limits)
    : env_(env), tls_(std::move(tls)), limits_(limits) {}

Result<std::unique_ptr<HttpsTransport>> HttpsTransport::Make(Env& env, std::string_view certificate_pem,
                                                             std::string_view key_pem, ClientLimits limits) {
  Clock& clock = env.clock;
  auto tls = TRY(TlsContext::Make(TlsRole::kClient, certificate_pem, key_pem, [&clock] { return clock.Now(); }));
  return std::unique_ptr<HttpsTransport>(new HttpsTransport(env, std::move(tls), limits));
}

Result<HttpsClient*> HttpsTransport::ClientFor(const exchange::Peer& peer) {
  if (client_ != nullptr && client_->usable() && client_address_ == peer.address && client_key_ == peer.tls_key_sha256)
    return client_.get();
  const NodeAddress address = TRY(ParseNodeAddress(peer.address));
  client_ = TRY(HttpsClient::Connect(tls_, address, peer.tls_key_sha256, limits_));
  client_address_ = peer.address;
  client_key_ = peer.tls_key_sha256;
  return client_.get();
}

Result<std::optional<Bytes>> HttpsTransport::Carry(const exchange::Peer& peer, const std::string& parcel_folder,
                                                   const exchange::ParcelOuter& outer) {
  if (peer.revoked) return Fail(Code::kDenied, "This peer was revoked: nothing goes to it.");
  bool again = client_ != nullptr;
  for (int asked = 0;;) {
    const HttpsClient* const before = client_.get();
    HttpsClient* const client = TRY(ClientFor(peer));
    Journey journey(env_, *client, parcel_folder, outer);
    auto receipt = journey.Go();
    if (receipt) return std::optional<Bytes>(std::move(*receipt));
    const bool was_kept = client == before;
    // Who refuses an offset does not wait for the rest of the file: its answer comes with the end of the connection.
    if (!client->usable()) client_.reset();
    if (journey.offset_moved()) {
      if (++asked > kOffsetsAskedMax)
        return Fail(Code::kUnavailable, "The parcel still arrives another way: try again later.");
      continue;
    }
    // A connection from before may have been closed meanwhile; each step is safe to repeat.
    if (again && was_kept && client_ == nullptr && receipt.error().code == Code::kUnavailable) {
      again = false;
      continue;
    }
    return std::unexpected(receipt.error());
  }
}

}  // namespace crossguard::server
