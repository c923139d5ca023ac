#include "server/client.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "server/http_head.h"

namespace crossguard::server {
namespace {

constexpr size_t kPieceBytes = size_t{256} * 1024;

std::unexpected<Error> Unreachable() {
  return Fail(Code::kUnavailable, "The other node cannot be reached now: try again later.");
}
std::unexpected<Error> Broke() {
  return Fail(Code::kUnavailable, "The connection to the other node broke: try again, and it goes on from there.");
}

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  // What of `events` happened; 0: nothing in time.
  short Wait(short events, int64_t millis) const {
    pollfd waiting{.fd = fd_, .events = events, .revents = 0};
    int happened = 0;
    do {
      happened = ::poll(&waiting, 1, static_cast<int>(millis));
    } while (happened < 0 && errno == EINTR);
    return happened > 0 ? waiting.revents : short{0};
  }

 private:
  int fd_ = -1;
};

Result<Socket> ConnectOne(const addrinfo& at, int64_t millis) {
  Socket socket(::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return Unreachable();
  if (::connect(socket.fd(), at.ai_addr, at.ai_addrlen) != 0) {
    if (errno != EINPROGRESS || socket.Wait(POLLOUT, millis) == 0) return Unreachable();
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return Unreachable();
  }
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

Result<Socket> ConnectTo(const NodeAddress& address, int64_t millis) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0)
    return Fail(Code::kUnavailable, "The other node's name has no address now: see its address, then try again.");
  Result<Socket> socket = Unreachable();
  for (const addrinfo* at = found; at != nullptr && !socket; at = at->ai_next) socket = ConnectOne(*at, millis);
  ::freeaddrinfo(found);
  return socket;
}

}  // namespace

Result<NodeAddress> ParseNodeAddress(std::string_view text) {
  const auto bad = [] { return Fail(Code::kInvalid, "Write a node's address as https://host:port."); };
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return bad();
  text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  NodeAddress out{.host = std::string(host), .port = 0};
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), out.port);
  if (error != std::errc() || end != port_text.data() + port_text.size() || out.port == 0 || host.empty() ||
      host.find_first_of("/@?# ") != std::string_view::npos)
    return bad();
  return out;
}

struct HttpsClient::State {
  State(const TlsContext& context, const Sha256& expected_peer, Socket socket_, NodeAddress address_,
        ClientLimits limits_)
      : session(context, expected_peer), socket(std::move(socket_)), address(std::move(address_)), limits(limits_) {}

  TlsSession session;
  Socket socket;
  NodeAddress address;
  ClientLimits limits;
  Bytes ahead;  // plain text read, not used yet
  bool usable = true;

  Status Flush() {
    Bytes& out = session.outgoing();
    for (size_t at = 0; at < out.size();) {
      const ssize_t sent = ::send(socket.fd(), out.data() + at, out.size() - at, MSG_NOSIGNAL);
      if (sent > 0) {
        at += static_cast<size_t>(sent);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (socket.Wait(POLLOUT, limits.idle_millis) == 0) return Broke();
      } else if (errno != EINTR) {
        return Broke();
      }
    }
    out.clear();
    return {};
  }

  // Waits for bytes from the wire and gives them to the session.
  Status Receive(int64_t millis) {
    for (;;) {
      if (socket.Wait(POLLIN, millis) == 0) return Broke();
      const auto room = session.Room();
      const ssize_t got = ::recv(socket.fd(), room.data(), room.size(), 0);
      if (got > 0) {
        session.Filled(static_cast<size_t>(got));
        return {};
      }
      if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return Broke();
    }
  }

  Status Shake() {
    for (;;) {
      const auto done = session.Handshake();
      const Status sent = Flush();
      if (!done) return std::unexpected(done.error());
      TRY(sent);
      if (*done) return {};
      TRY(Receive(limits.connect_millis));
    }
  }

  // At least one byte of plain text; 0 only at the end.
  Result<size_t> Read(std::span<uint8_t> out, int64_t millis) {
    for (;;) {
      const size_t bytes = TRY(session.Read(out));
      if (bytes > 0 || session.closed()) return bytes;
      TRY(Receive(millis));
    }
  }

  // Something has come from the other side before we had sent all.
  bool Interrupted() { return socket.Wait(POLLIN, 0) != 0; }

  Status SendBody(uint64_t length_bytes, const Source& body) {
    Bytes piece(static_cast<size_t>(std::min<uint64_t>(length_bytes, kPieceBytes)));
    while (length_bytes > 0) {
      if (Interrupted()) return {};  // an early answer: let it be read
      const size_t want = static_cast<size_t>(std::min<uint64_t>(length_bytes, piece.size()));
      const size_t bytes = TRY(body(std::span<uint8_t>(piece).first(want)));
      if (bytes == 0) return Fail(Code::kConflict, "A file became shorter while it was sent: seal the parcel again.");
      TRY(session.Write(ByteView(piece).first(bytes)));
      TRY(Flush());
      length_bytes -= bytes;
    }
    return {};
  }

  Result<ResponseHead> ReadHead() {
    size_t looked_at = 0;
    for (;;) {
      if (const auto end = HeadEnd(ahead, looked_at)) {
        const auto head = ParseResponseHead(ByteView(ahead).first(*end));
        ahead.erase(ahead.begin(), ahead.begin() + static_cast<std::ptrdiff_t>(*end));
        return head;
      }
      looked_at = ahead.size();
      if (ahead.size() > kHeadMaxBytes) return Fail(Code::kInvalid, "The other node's answer has too long a head.");
      std::array<uint8_t, 4096> piece;
      const size_t bytes = TRY(Read(piece, limits.answer_millis));
      if (bytes == 0) return Broke();
      ahead.insert(ahead.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(bytes));
    }
  }

  Status ReadBody(uint64_t left, const Sink& sink) {
    const size_t here = static_cast<size_t>(std::min<uint64_t>(left, ahead.size()));
    TRY(sink(ByteView(ahead).first(here)));
    ahead.erase(ahead.begin(), ahead.begin() + static_cast<std::ptrdiff_t>(here));
    left -= here;
    Bytes piece(static_cast<size_t>(std::min<uint64_t>(left, kPieceBytes)));
    while (left > 0) {
      const size_t bytes =
          TRY(Read(std::span<uint8_t>(piece).first(std::min<uint64_t>(left, piece.size())), limits.idle_millis));
      if (bytes == 0) return Broke();
      TRY(sink(ByteView(piece).first(bytes)));
      left -= bytes;
    }
    return {};
  }

  Result<Answer> ReadAnswer(const Sink* sink) {
    const ResponseHead head = TRY(ReadHead());
    if (!head.keep_alive) usable = false;
    Answer answer{.status = head.status, .body = {}};
    if (sink != nullptr && (head.status == 200 || head.status == 206)) {
      TRY(ReadBody(head.content_length, *sink));
      return answer;
    }
    if (head.content_length > limits.body_max_bytes)
      return Fail(Code::kExhausted, "The other node's answer is too long.");
    TRY(ReadBody(head.content_length, SinkTo(answer.body)));
    return answer;
  }

  Result<Answer> Exchange(std::string_view method, const std::string& target, std::string_view fields,
                          uint64_t length_bytes, const Source& body, const Sink* sink) {
    std::string head = std::string(method) + " " + target + " HTTP/1.1\r\nHost: " + address.host + "\r\n";
    head += fields;
    if (length_bytes > 0 || method != "GET") head += "Content-Length: " + std::to_string(length_bytes) + "\r\n";
    head += "\r\n";
    usable = false;  // until the answer was read whole
    TRY(session.Write(AsBytes(head)));
    Status sent = Flush();
    const bool whole = sent.has_value();
    if (sent) sent = SendBody(length_bytes, body);
    if (!sent && sent.error().code == Code::kConflict) return std::unexpected(sent.error());
    usable = whole && sent;
    auto answer = ReadAnswer(sink);  // also after a failure: the other side may have said why before it closed
    if (answer) return answer;
    usable = false;
    if (!sent && answer.error().code != Code::kDenied) return std::unexpected(sent.error());
    return answer;
  }
};

HttpsClient::HttpsClient(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpsClient::~HttpsClient() {
  state_->session.Close();
  static_cast<void>(state_->Flush());
}

Result<std::unique_ptr<HttpsClient>> HttpsClient::Connect(const TlsContext& context, const NodeAddress& address,
                                                          const Sha256& expected_peer, ClientLimits limits) {
  Socket socket = TRY(ConnectTo(address, limits.connect_millis));
  auto state = std::make_unique<State>(context, expected_peer, std::move(socket), address, limits);
  TRY(state->Shake());
  return std::unique_ptr<HttpsClient>(new HttpsClient(std::move(state)));
}

Result<HttpsClient::Answer> HttpsClient::Ask(std::string_view method, const std::string& target,
                                             std::string_view fields, ByteView body) {
  return state_->Exchange(method, target, fields, body.size(), SourceOf(body), nullptr);
}

Result<HttpsClient::Answer> HttpsClient::Send(std::string_view method, const std::string& target,
                                              std::string_view fields, uint64_t length_bytes, const Source& body) {
  return state_->Exchange(method, target, fields, length_bytes, body, nullptr);
}

Result<HttpsClient::Answer> HttpsClient::Fetch(const std::string& target, std::string_view fields, const Sink& sink) {
  return state_->Exchange("GET", target, fields, 0, SourceOf({}), &sink);
}

bool HttpsClient::usable() const {
  return state_->usable;
}

}  // namespace crossguard::server
