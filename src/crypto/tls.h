// TLS 1.3 (RFC 8446) as a machine without a socket: bytes in, bytes out. Whoever owns the socket moves the bytes.
//
// Both sides show a certificate, and no authority vouches for them: the peer is the SHA-256 of its certificate's
// SubjectPublicKeyInfo, which officers pinned. So no chain is built. What is checked here: the version, that the other
// side holds the key, and the dates of its certificate. Whose key it is, the caller asks of its own book.
// No session tickets, no resumption, no early data: every connection proves the key anew, and nothing can be replayed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time_text.h"

namespace crossguard {

enum class TlsRole : uint8_t { kServer, kClient };

// Our certificate, key and rules, for any number of sessions. Cheap to copy (shared). Sessions keep it alive.
class TlsContext {
 public:
  // tell_time: asked at each handshake, for the dates of the other side's certificate; must be callable from the thread
  // that runs the session. kInvalid, kUnsupported: not a certificate, not a key, or they do not fit. A client with both
  // empty shows no certificate, which every server here refuses.
  static Result<TlsContext> Make(TlsRole role, std::string_view certificate_pem, std::string_view key_pem,
                                 std::function<Instant()> tell_time);

 private:
  friend class TlsSession;
  struct State;
  explicit TlsContext(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

// One connection. One thread at a time.
class TlsSession {
 public:
  // expected_peer: the handshake fails with kDenied if the other side shows another key.
  explicit TlsSession(const TlsContext& context, std::optional<Sha256> expected_peer = std::nullopt);
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;
  ~TlsSession();

  // Where the next bytes from the wire go; never empty when a call below has said that it needs more. Then Filled.
  std::span<uint8_t> Room();
  void Filled(size_t bytes);
  // What must go to the wire; the caller sends it and clears it, after every call below, those that failed included.
  Bytes& outgoing();

  // True when done, false when more bytes from the wire are needed. kDenied: one side refused the other's certificate.
  // kInvalid: what came is not TLS 1.3.
  Result<bool> Handshake();
  // Of the other side's certificate. After the handshake.
  const Sha256& peer_key() const;

  // How many bytes are in `out`; 0: more bytes from the wire are needed, or closed(). kDenied: the other side sent an
  // alert about our certificate (with TLS 1.3 a client learns of it only here). kCorrupt: a record is not authentic.
  Result<size_t> Read(std::span<uint8_t> out);
  bool closed() const;                // the other side said that it has sent all
  Status Write(ByteView plain_text);  // all of it, into outgoing()
  void Close();                       // says that we have sent all

 private:
  friend class TlsContext;
  struct State;
  std::unique_ptr<State> state_;
};

constexpr size_t kTlsRoomBytes = size_t{64} * 1024;

}  // namespace crossguard
