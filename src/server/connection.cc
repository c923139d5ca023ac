#include <algorithm>
#include <array>

#include "server/core.h"
#include "server/status.h"

namespace crossguard::server {
namespace {

constexpr size_t kPieceBytes = size_t{256} * 1024;
constexpr uint64_t kSkipMaxBytes = uint64_t{256} * 1024;  // of a refused body; beyond it the connection ends
constexpr int64_t kLingerMicros = 2 * kMicrosPerSecond;

std::string HeadOf(const Response& response, bool keep_alive) {
  const uint64_t size = response.file != nullptr ? response.file_bytes : response.body.size();
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(ReasonPhrase(response.status));
  out += "\r\nContent-Type: " + std::string(response.content_type);
  out += "\r\nContent-Length: " + std::to_string(size);
  out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff";
  if (response.status == 503) out += "\r\nRetry-After: 1";
  out += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  return out;
}

std::unexpected<Error> UnknownKey() {
  return Fail(Code::kDenied, "This certificate's key is not pinned here, or was revoked: ask this node's officers.");
}

}  // namespace

struct Connection::Asked {
  Request request;
  Response response;
  uint64_t body_left = 0;
  bool keep_alive = true;
  void Refuse(const Error& error) { response = ErrorResponse(error); }
};

Connection::~Connection() {
  if (peer_.empty()) return;
  const auto count = core_.connections_of.find(peer_);
  if (--count->second == 0) core_.connections_of.erase(count);
}

void Connection::Watch(int64_t now_micros) {
  const ServerOptions& options = core_.options;
  bool late = now_micros > deadline_micros_;
  if (slow_since_micros_ != kNever && now_micros - slow_since_micros_ >= options.slow_micros) {
    const auto seconds = static_cast<uint64_t>((now_micros - slow_since_micros_) / kMicrosPerSecond);
    late = late || slow_bytes_ < options.least_bytes_per_second * std::max<uint64_t>(seconds, 1);
    slow_since_micros_ = now_micros;
    slow_bytes_ = 0;
  }
  if (!late || cut_) return;
  cut_ = true;
  ++core_.metrics.closed_slow;
  conn_->Cut();
}

void Connection::Stop() {
  if (waiting_) conn_->Cut();
}

Awaitable<void> Connection::Run() {
  Within(core_.options.header_micros);
  const Status opened = co_await conn_->Open();
  if (!opened) {
    ++core_.metrics.handshakes_failed;
    co_await conn_->End(false);
    co_return;
  }
  const bool known = co_await Identify();
  if (!known) co_return;
  for (;;) {
    const bool more = co_await OneRequest();
    if (!more) co_return;
  }
}

// Whose certificate it is, before a byte of HTTP is looked at. A stranger gets one sentence.
Awaitable<bool> Connection::Identify() {
  if (conn_->peer_key() == nullptr) co_return true;
  const Sha256 key = *conn_->peer_key();
  PoolCall<Result<std::optional<std::string>>> call(core_);
  call.Start([this, key] { return core_.service.PeerOf(key); });
  const auto peer = co_await call.Wait();
  Asked asked;
  asked.keep_alive = false;
  asked.body_left = kSkipMaxBytes + 1;  // whatever it sent: read on and drop
  if (!peer) {
    asked.Refuse(peer.error());
  } else if (!*peer) {
    ++core_.metrics.refused_unknown_key;
    asked.Refuse(UnknownKey().error());
  } else if (core_.connections_of[**peer] >= core_.options.connections_per_peer_max) {
    ++core_.metrics.refused_full;
    asked.Refuse({Code::kUnavailable, "Too many connections of yours are open: use those."});
  } else {
    peer_ = **peer;
    ++core_.connections_of[peer_];
    co_return true;
  }
  const bool more = co_await Respond(asked);
  co_return more;
}

// True: the head is in `head`. False: the connection is over.
Awaitable<bool> Connection::ReadHead(Bytes& head) {
  size_t looked_at = 0;
  waiting_ = ahead_.empty();
  Within(waiting_ ? core_.options.idle_micros : core_.options.header_micros);
  for (;;) {
    if (waiting_ && core_.stopping) co_return false;
    if (const auto end = HeadEnd(ahead_, looked_at)) {
      head.assign(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(*end));
      ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(*end));
      co_return true;
    }
    looked_at = ahead_.size();
    if (ahead_.size() > kHeadMaxBytes) {  // refused by the parser, which knows the sentence
      head = std::move(ahead_);
      ahead_.clear();
      co_return true;
    }
    std::array<uint8_t, 4096> piece;
    const auto bytes = co_await conn_->Read(piece);
    if (!bytes || *bytes == 0) co_return false;
    if (waiting_) Within(core_.options.header_micros);
    waiting_ = false;
    ahead_.insert(ahead_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*bytes));
  }
}

Awaitable<bool> Connection::OneRequest() {
  Asked asked;
  Bytes head;
  const bool whole = co_await ReadHead(head);
  waiting_ = false;
  if (!whole) {
    Within(kLingerMicros);
    co_await conn_->End(false);
    co_return false;
  }
  auto parsed = ParseRequestHead(head);
  if (!parsed) {  // where the next request begins is not known any more
    asked.keep_alive = false;
    asked.body_left = kSkipMaxBytes + 1;
    asked.Refuse(parsed.error());
    const bool more = co_await Respond(asked);
    co_return more;
  }
  asked.request.head = std::move(*parsed);
  asked.keep_alive = asked.request.head.keep_alive;
  asked.body_left = asked.request.head.content_length;
  const Status caller = co_await CheckCaller(asked.request);
  auto target = Match(listener_, asked.request.head.method, asked.request.head.target);
  if (target) asked.request.target = std::move(*target);
  if (!caller) {
    if (caller.error().code == Code::kDenied) asked.keep_alive = false;
    asked.Refuse(caller.error());
  } else if (!target) {
    asked.Refuse(target.error());
  } else if (asked.body_left > asked.request.target.route->body_max_bytes) {
    asked.Refuse({Code::kExhausted, "The body is longer than this route takes: see api/openapi.yaml."});
  } else if (asked.request.target.route->body_max_bytes > 0) {
    deadline_micros_ = kNever;
    PoolCall<Result<std::unique_ptr<Intake>>> begin(core_);
    begin.Start([this, &asked] { return core_.service.Begin(asked.request); });
    auto intake = co_await begin.Wait();
    if (intake) {
      co_await TakeBody(asked, std::move(*intake));
    } else {
      asked.Refuse(intake.error());
    }
  } else if (Service::IsQuick(asked.request.target.route->operation)) {
    asked.response = core_.service.Answer(asked.request);
  } else {
    deadline_micros_ = kNever;  // a delivery takes as long as it takes
    PoolCall<Response> answer(core_);
    answer.Start([this, &asked] { return core_.service.Answer(asked.request); });
    asked.response = co_await answer.Wait();
  }
  if (cut_ || !conn_) co_return false;
  const bool more = co_await Respond(asked);
  co_return more;
}

// Is it still who it was, and may it ask so often?
Awaitable<Status> Connection::CheckCaller(Request& request) {
  if (conn_->peer_key() == nullptr) co_return Status();
  const Sha256 key = *conn_->peer_key();
  auto known = core_.service.KnownPeer(key);
  std::optional<std::string> peer;
  if (known != nullptr) {
    peer = *known;
  } else {
    PoolCall<Result<std::optional<std::string>>> call(core_);
    call.Start([this, key] { return core_.service.PeerOf(key); });
    auto asked = co_await call.Wait();
    if (!asked) co_return std::unexpected(asked.error());
    peer = std::move(*asked);
  }
  if (!peer || *peer != peer_) {
    ++core_.metrics.refused_unknown_key;
    co_return UnknownKey();
  }
  request.peer = peer_;
  const int64_t now = core_.now_micros();
  const auto [bucket, fresh] = core_.buckets.try_emplace(
      peer_, TokenBucket(core_.options.requests_per_second, core_.options.requests_burst, now));
  if (!bucket->second.Take(now)) {
    ++core_.metrics.refused_rate;
    co_return Fail(Code::kUnavailable, "You ask too often: wait a second.");
  }
  co_return Status();
}

// Fills `out` unless the connection ends before; returns how much came.
Awaitable<size_t> Connection::Fill(std::span<uint8_t> out) {
  size_t filled = std::min(out.size(), ahead_.size());
  std::copy_n(ahead_.begin(), filled, out.begin());
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(filled));
  slow_since_micros_ = core_.now_micros();
  slow_bytes_ = 0;
  while (filled < out.size()) {
    Within(core_.options.idle_micros);
    const auto bytes = co_await conn_->Read(out.subspan(filled));
    if (!bytes || *bytes == 0) break;
    filled += *bytes;
    slow_bytes_ += *bytes;
  }
  slow_since_micros_ = kNever;
  co_return filled;
}

// One piece is written by the pool while the next comes in.
Awaitable<void> Connection::TakeBody(Asked& asked, std::unique_ptr<Intake> intake) {
  if (asked.request.head.expects_continue && asked.body_left > 0 && ahead_.empty()) {
    Within(core_.options.idle_micros);
    const Status sent = co_await conn_->Write(AsBytes("HTTP/1.1 100 Continue\r\n\r\n"));
    if (!sent) cut_ = true;
  }
  std::array<Bytes, 2> pieces;
  PoolCall<Status> take(core_);
  bool taking = false;
  Status taken;
  for (size_t turn = 0; asked.body_left > 0 && taken && !cut_; turn = 1 - turn) {
    Bytes& piece = pieces[turn];
    piece.resize(std::min<uint64_t>(asked.body_left, kPieceBytes));
    const size_t filled = co_await Fill(piece);
    deadline_micros_ = kNever;  // while the disk is slow, nobody else is
    if (filled < piece.size()) cut_ = true;
    asked.body_left -= filled;
    if (taking) taken = co_await take.Wait();
    taking = taken && filled > 0;
    const ByteView view = ByteView(piece).first(filled);
    Intake* const to = intake.get();
    if (taking) take.Start([to, view] { return to->Take(view); });
  }
  if (taking) taken = co_await take.Wait();
  const bool whole = taken && !cut_ && asked.body_left == 0;
  if (!taken) asked.Refuse(taken.error());
  PoolCall<Response> finish(core_);
  finish.Start([whole, intake = std::move(intake)]() mutable {
    Response response;
    if (whole) response = intake->Finish();
    intake.reset();  // may have to make durable what came
    return response;
  });
  Response response = co_await finish.Wait();
  if (whole) asked.response = std::move(response);
}

// What is left of a body that nobody wants.
Awaitable<void> Connection::Skip(Asked& asked) {
  if (asked.body_left > kSkipMaxBytes || asked.request.head.expects_continue) {
    asked.keep_alive = false;
    co_return;
  }
  Bytes dropped(static_cast<size_t>(asked.body_left));
  const size_t filled = co_await Fill(dropped);
  asked.body_left -= filled;
}

// False: the connection is over.
Awaitable<bool> Connection::Respond(Asked& asked) {
  const Route* const route = asked.request.target.route;
  core_.metrics.CountRequest(route == nullptr ? "none" : route->name, asked.response.status);
  if (asked.body_left > 0) co_await Skip(asked);
  if (core_.stopping) asked.keep_alive = false;
  std::string out = HeadOf(asked.response, asked.keep_alive);
  if (asked.response.file == nullptr) out += asked.response.body;
  Within(core_.options.idle_micros);
  Status sent = co_await conn_->Write(AsBytes(out));
  if (sent && asked.response.file != nullptr) sent = co_await SendFile(asked.response);
  if (sent && asked.keep_alive && !cut_) co_return true;
  Within(kLingerMicros);
  co_await conn_->End(asked.body_left > 0);
  co_return false;
}

Awaitable<Status> Connection::SendFile(const Response& response) {
  Bytes piece(kPieceBytes);
  uint64_t at = response.file_offset;
  uint64_t left = response.file_bytes;
  PoolCall<Result<size_t>> read(core_);
  while (left > 0) {
    const std::span<uint8_t> part = std::span<uint8_t>(piece).first(std::min<uint64_t>(left, piece.size()));
    ReadFile* const file = response.file.get();
    read.Start([file, at, part] { return file->ReadAt(at, part); });
    const auto bytes = co_await read.Wait();
    if (!bytes) co_return std::unexpected(bytes.error());
    if (*bytes == 0) co_return Fail(Code::kConflict, "The file became shorter.");
    Within(core_.options.idle_micros);
    const Status sent = co_await conn_->Write(part.first(*bytes));
    if (!sent) co_return std::unexpected(sent.error());
    at += *bytes;
    left -= *bytes;
  }
  co_return Status();
}

}  // namespace crossguard::server
