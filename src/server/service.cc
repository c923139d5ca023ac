#include "server/service.h"

#include <algorithm>

#include "base/json.h"
#include "model/canonical.h"
#include "server/status.h"

namespace crossguard::server {
namespace {

Response Json(const nlohmann::json& json) {
  Response out;
  out.body = Canonical(json);
  return out;
}

Response Raw(ByteView bytes) {
  Response out;
  out.content_type = "application/octet-stream";
  out.body = std::string(AsText(bytes));
  return out;
}

nlohmann::json OpenJson(const std::string& id, const StagedParcel& parcel) {
  nlohmann::json out = {{"id", id}, {"state", "open"}, {"outer_sha256", parcel.outer_sha256.hex()}};
  out["files"] = nlohmann::json::array();
  for (const StagedFile& file : parcel.files) {
    nlohmann::json row = {{"name", file.name}, {"size_bytes", file.size_bytes}};
    row["received_bytes"] = file.received_bytes;
    out["files"].push_back(std::move(row));
  }
  return out;
}

nlohmann::json DecidedJson(const std::string& id, const Bytes& receipt) {
  return {{"id", id}, {"state", "decided"}, {"receipt", ToBase64(receipt)}};
}

}  // namespace

Response ErrorResponse(const Error& error) {
  Response out;
  out.status = HttpStatus(error.code);
  out.body = ErrorBody(error);
  return out;
}

class Service::OuterIntake final : public Intake {
 public:
  OuterIntake(Service& service, std::string peer, std::string id)
      : service_(service), peer_(std::move(peer)), id_(std::move(id)) {}
  Status Take(ByteView bytes) override {
    if (bytes.size() > exchange::kOuterMaxBytes - json_.size())
      return Fail(Code::kExhausted, "outer.json is too long: pack the files into fewer.");
    json_.insert(json_.end(), bytes.begin(), bytes.end());
    return {};
  }
  Response Finish() override {
    const auto parcel = service_.staging_.PutOuter(peer_, id_, json_);
    return parcel ? Json(OpenJson(id_, *parcel)) : ErrorResponse(parcel.error());
  }

 private:
  Service& service_;
  const std::string peer_, id_;
  Bytes json_;
};

class Service::FileIntake final : public Intake {
 public:
  FileIntake(Service& service, std::unique_ptr<Staging::Upload> upload)
      : service_(service), upload_(std::move(upload)) {}
  Status Take(ByteView bytes) override { return upload_->Take(bytes); }
  Response Finish() override {
    const auto received = upload_->Finish();
    if (received) return Json({{"received_bytes", *received}});
    if (received.error().code == Code::kCorrupt) ++service_.metrics_.parcels_corrupt;
    return ErrorResponse(received.error());
  }

 private:
  Service& service_;
  std::unique_ptr<Staging::Upload> upload_;
};

Service::Service(Env& env, exchange::ParcelDesk& desk, Staging& staging, Metrics& metrics, std::string self,
                 int64_t peer_known_micros)
    : env_(env),
      desk_(desk),
      staging_(staging),
      metrics_(metrics),
      self_(std::move(self)),
      peer_known_micros_(peer_known_micros) {}

std::shared_ptr<const std::optional<std::string>> Service::KnownPeer(const Sha256& tls_key_sha256) const {
  const std::scoped_lock lock(known_mutex_);
  const auto found = known_.find(tls_key_sha256);
  if (found == known_.end() || found->second.until_micros <= env_.clock.MonotonicMicros()) return nullptr;
  return found->second.peer;
}

Result<std::optional<std::string>> Service::PeerOf(const Sha256& tls_key_sha256) {
  if (const auto known = KnownPeer(tls_key_sha256)) return *known;
  auto peer = std::make_shared<const std::optional<std::string>>(TRY(desk_.PeerOf(tls_key_sha256)));
  const std::scoped_lock lock(known_mutex_);
  if (known_.size() >= kKnownKeysMax) known_.clear();
  known_[tls_key_sha256] = {.peer = peer, .until_micros = env_.clock.MonotonicMicros() + peer_known_micros_};
  return *peer;
}

bool Service::IsQuick(Operation operation) {
  return operation == Operation::kGetLivez || operation == Operation::kGetMetrics ||
         operation == Operation::kGetIdentity;
}

// A parcel that was decided before: its receipt, and what was sent again needs no room.
Result<std::optional<Bytes>> Service::Receipt(const std::string& peer, const std::string& id) {
  auto receipt = TRY(desk_.ReceiptOf(peer, id));
  if (receipt) TRY(staging_.Forget(peer, id));
  return receipt;
}

Result<std::unique_ptr<Intake>> Service::Begin(const Request& request) {
  const std::string& id = request.target.id;
  if (stopping_) return Fail(Code::kUnavailable, "This node is stopping: send it again in a while.");
  if (TRY(Receipt(request.peer, id)))
    return Fail(Code::kConflict, "This parcel was decided before: ask for its receipt.");
  switch (request.target.route->operation) {
    case Operation::kPutOuter:
      return std::unique_ptr<Intake>(std::make_unique<OuterIntake>(*this, request.peer, id));
    case Operation::kPutFile: {
      std::optional<ContentRange> range;
      if (request.head.content_range) range = TRY(ParseContentRange(*request.head.content_range));
      auto upload = TRY(staging_.Start(request.peer, id, request.target.name, range, request.head.content_length));
      return std::unique_ptr<Intake>(std::make_unique<FileIntake>(*this, std::move(upload)));
    }
    case Operation::kGetIdentity:
    case Operation::kGetParcel:
    case Operation::kGetFile:
    case Operation::kPostDeliver:
    case Operation::kGetReceipt:
    case Operation::kGetLivez:
    case Operation::kGetReadyz:
    case Operation::kGetMetrics:
      break;
  }
  return Fail(Code::kInvalid, "This route takes no body.");
}

Response Service::Answer(const Request& request) {
  auto response = TryAnswer(request);
  return response ? std::move(*response) : ErrorResponse(response.error());
}

Result<Response> Service::TryAnswer(const Request& request) {
  switch (request.target.route->operation) {
    case Operation::kGetIdentity:
      return Json({{"authority", self_}, {"protocol", exchange::kProtocol}});
    case Operation::kGetParcel:
      return Parcel(request);
    case Operation::kGetFile:
      return FileContent(request);
    case Operation::kPostDeliver:
      return Deliver(request);
    case Operation::kGetReceipt: {
      const auto receipt = TRY(Receipt(request.peer, request.target.id));
      if (!receipt) return Fail(Code::kNotFound, "No parcel of yours with this id was decided here: deliver it first.");
      return Raw(*receipt);
    }
    case Operation::kGetLivez:
      return Json({{"live", true}});
    case Operation::kGetReadyz:
      if (stopping_) return Fail(Code::kUnavailable, "This node is stopping.");
      TRY(desk_.PeerOf(Sha256{}));  // can the data directory be read?
      return Json({{"ready", true}});
    case Operation::kGetMetrics: {
      Response out;
      out.content_type = "text/plain; version=0.0.4";
      out.body = metrics_.Text(staging_.open_parcels());
      return out;
    }
    case Operation::kPutOuter:
    case Operation::kPutFile:
      break;
  }
  return Fail(Code::kInvalid, "This route takes a body: send it with its Content-Length.");
}

Result<Response> Service::Parcel(const Request& request) {
  const std::string& id = request.target.id;
  if (const auto receipt = TRY(Receipt(request.peer, id))) return Json(DecidedJson(id, *receipt));
  return Json(OpenJson(id, TRY(staging_.Find(request.peer, id))));
}

Result<Response> Service::FileContent(const Request& request) {
  ByteRange range;
  if (request.head.range) range = TRY(ParseRange(*request.head.range));
  Response out;
  out.file = TRY(staging_.Read(request.peer, request.target.id, request.target.name));
  const uint64_t size = out.file->size();
  if (range.first > size || (request.head.range && range.first == size))
    return Fail(Code::kInvalid, "Range begins behind what has arrived: ask how much that is.");
  const uint64_t until = range.last ? std::min(*range.last + 1, size) : size;
  out.status = request.head.range ? 206 : 200;
  out.content_type = "application/octet-stream";
  out.file_offset = range.first;
  out.file_bytes = until - range.first;
  return out;
}

Result<Response> Service::Deliver(const Request& request) {
  const std::string& peer = request.peer;
  const std::string& id = request.target.id;
  if (stopping_) return Fail(Code::kUnavailable, "This node is stopping: deliver it again in a while.");
  if (const auto receipt = TRY(Receipt(peer, id))) return Raw(*receipt);
  const auto claim = TRY(staging_.Deliver(peer, id));
  const std::scoped_lock lock(taking_);
  const Bytes receipt = TRY(desk_.Take(peer, claim->folder()));
  TRY(claim->Remove());
  ++metrics_.parcels_delivered;
  return Raw(receipt);
}

}  // namespace crossguard::server
