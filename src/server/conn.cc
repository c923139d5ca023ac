#include "server/conn.h"

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace crossguard::server {
namespace {

using asio::ip::tcp;

std::unexpected<Error> WasCut() {
  return Fail(Code::kUnavailable, "The connection was cut.");
}

// What both kinds share: the socket and its counting.
class Wire : public Conn {
 public:
  Wire(tcp::socket socket, Metrics& metrics) : socket_(std::move(socket)), metrics_(metrics) {}
  void Cut() override {
    asio::error_code ignored;
    socket_.close(ignored);
  }

 protected:
  // 0: the end, or cut.
  Awaitable<size_t> Receive(std::span<uint8_t> room) {
    asio::error_code error;
    const size_t bytes = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()),
                                                          asio::redirect_error(asio::use_awaitable, error));
    metrics_.bytes_in += bytes;
    co_return error ? 0 : bytes;
  }
  Awaitable<bool> Send(ByteView bytes) {
    asio::error_code error;
    const size_t sent = co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                                                   asio::redirect_error(asio::use_awaitable, error));
    metrics_.bytes_out += sent;
    co_return !error;
  }
  Awaitable<void> Finish(bool linger) {
    asio::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    if (linger) {
      Bytes dropped(kTlsRoomBytes);
      for (;;) {
        const size_t bytes = co_await Receive(dropped);
        if (bytes == 0) break;
      }
    }
    Cut();
  }

 private:
  tcp::socket socket_;
  Metrics& metrics_;
};

class TlsConn final : public Wire {
 public:
  TlsConn(tcp::socket socket, const TlsContext& context, Metrics& metrics)
      : Wire(std::move(socket), metrics), session_(context) {}

  Awaitable<Status> Open() override {
    for (;;) {
      const auto done = session_.Handshake();
      const bool sent = co_await Flush();  // after a failure too: the alert says why
      if (!done) co_return std::unexpected(done.error());
      if (!sent) co_return WasCut();
      if (*done) co_return Status();
      const size_t bytes = co_await Receive(session_.Room());
      if (bytes == 0) co_return WasCut();
      session_.Filled(bytes);
    }
  }

  const Sha256* peer_key() const override { return &session_.peer_key(); }

  Awaitable<Result<size_t>> Read(std::span<uint8_t> out) override {
    for (;;) {
      size_t filled = 0;
      while (filled < out.size()) {
        const auto bytes = session_.Read(out.subspan(filled));
        if (!bytes && filled == 0) co_return std::unexpected(bytes.error());
        if (!bytes || *bytes == 0) break;
        filled += *bytes;
      }
      if (!session_.outgoing().empty()) {
        const bool sent = co_await Flush();
        if (!sent) co_return WasCut();
      }
      if (filled > 0 || session_.closed()) co_return filled;
      const size_t bytes = co_await Receive(session_.Room());
      if (bytes == 0) co_return WasCut();  // without a close_notify: cut short
      session_.Filled(bytes);
    }
  }

  Awaitable<Status> Write(ByteView bytes) override {
    while (!bytes.empty()) {
      const ByteView piece = bytes.first(std::min(bytes.size(), kTlsRoomBytes));
      const auto written = session_.Write(piece);
      if (!written) co_return std::unexpected(written.error());
      const bool sent = co_await Flush();
      if (!sent) co_return WasCut();
      bytes = bytes.subspan(piece.size());
    }
    co_return Status();
  }

  Awaitable<void> End(bool linger) override {
    session_.Close();
    const bool sent = co_await Flush();
    co_await Finish(linger && sent);
  }

 private:
  Awaitable<bool> Flush() {
    if (session_.outgoing().empty()) co_return true;
    const bool sent = co_await Send(session_.outgoing());
    session_.outgoing().clear();
    co_return sent;
  }

  TlsSession session_;
};

class PlainConn final : public Wire {
 public:
  using Wire::Wire;
  Awaitable<Status> Open() override { co_return Status(); }
  const Sha256* peer_key() const override { return nullptr; }
  Awaitable<Result<size_t>> Read(std::span<uint8_t> out) override {
    const size_t bytes = co_await Receive(out);
    co_return bytes;
  }
  Awaitable<Status> Write(ByteView bytes) override {
    const bool sent = co_await Send(bytes);
    if (!sent) co_return WasCut();
    co_return Status();
  }
  Awaitable<void> End(bool linger) override { co_await Finish(linger); }
};

}  // namespace

std::unique_ptr<Conn> MakeTlsConn(tcp::socket socket, const TlsContext& context, Metrics& metrics) {
  return std::make_unique<TlsConn>(std::move(socket), context, metrics);
}

std::unique_ptr<Conn> MakePlainConn(tcp::socket socket, Metrics& metrics) {
  return std::make_unique<PlainConn>(std::move(socket), metrics);
}

}  // namespace crossguard::server
