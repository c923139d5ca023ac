#include "crypto/tls.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "crypto/openssl_raii.h"
#include "crypto/x509.h"

namespace crossguard {
namespace {

using namespace crypto::openssl;  // NOLINT: this room's own words
using SslCtx = Owned<SSL_CTX, SSL_CTX_free>;
using Ssl = Owned<SSL, SSL_free>;
using BioMethod = Owned<BIO_METHOD, BIO_meth_free>;

// The wire as OpenSSL sees it: reads take what came in, writes gather what must go out. No copy in between.
struct Wire {
  Bytes in = Bytes(kTlsRoomBytes);
  size_t in_from = 0, in_until = 0;
  Bytes out;
};

int WireRead(BIO* bio, char* to, int size) {
  Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const size_t take = std::min(static_cast<size_t>(std::max(size, 0)), wire.in_until - wire.in_from);
  if (take == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::memcpy(to, wire.in.data() + wire.in_from, take);
  wire.in_from += take;
  return static_cast<int>(take);
}

int WireWrite(BIO* bio, const char* from, int size) {
  Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size > 0) wire.out.insert(wire.out.end(), from, from + size);
  return size;
}

long WireControl(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* WireMethod() {
  static const BioMethod kMethod = [] {
    BioMethod method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire"));
    CHECK(method != nullptr && BIO_meth_set_read(method.get(), WireRead) == 1 &&
          BIO_meth_set_write(method.get(), WireWrite) == 1 && BIO_meth_set_ctrl(method.get(), WireControl) == 1);
    return method;
  }();
  return kMethod.get();
}

std::unexpected<Error> Unusable(const char* what) {
  return FailClean(Code::kInvalid, std::string("The ") + what + " is not usable for TLS: make the node's keys again.");
}

Status UseCertificate(SSL_CTX* ctx, std::string_view certificate_pem, std::string_view key_pem) {
  const Certificate certificate = TRY(Certificate::LoadPem(certificate_pem));
  const PrivateKey key = TRY(PrivateKey::LoadPem(key_pem));
  if (!certificate.BelongsTo(key)) return Unusable("key, which is not that of the certificate,");
  if (SSL_CTX_use_certificate(ctx, certificate.handle()) != 1) return Unusable("certificate");
  if (SSL_CTX_use_PrivateKey(ctx, key.handle()) != 1) return Unusable("key");
  return {};
}

// Which alerts mean that a certificate was refused (RFC 8446 §6.2).
bool IsRefusal(int reason) {
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

std::unexpected<Error> HandshakeFailed() {
  const int reason = ERR_GET_REASON(ERR_peek_error());
  if (IsRefusal(reason))
    return FailClean(Code::kDenied, "A certificate was refused: compare its dates and key with what is pinned.");
  if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)
    return FailClean(Code::kUnsupported, "Only TLS 1.3 is spoken here: bring the other side up to it.");
  return FailClean(Code::kInvalid, "The TLS handshake failed: see that both sides speak TLS 1.3 on this port.");
}

}  // namespace

struct TlsContext::State {
  TlsRole role = TlsRole::kServer;
  SslCtx ctx;
  std::function<Instant()> tell_time;
};

struct TlsSession::State {
  std::shared_ptr<TlsContext::State> context;
  std::optional<Sha256> expected_peer;
  std::optional<Sha256> peer_key;
  std::unique_ptr<Wire> wire = std::make_unique<Wire>();
  bool closed = false;
  bool broken = false;  // after a fatal error OpenSSL must not be called again on this session
  Ssl ssl;              // last: goes first

  // In place of building a chain: the dates, the key, and the pin if there is one.
  static int Judge(X509_STORE_CTX* store, void*) {
    auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& state = *static_cast<State*>(SSL_get_app_data(ssl));
    const auto refuse = [&](int why) {
      X509_STORE_CTX_set_error(store, why);
      return 0;
    };
    X509* const shown = X509_STORE_CTX_get0_cert(store);
    unsigned char* der = nullptr;
    const int size = i2d_X509(shown, &der);
    if (size <= 0) return refuse(X509_V_ERR_UNSPECIFIED);
    const auto certificate = Certificate::LoadDer({der, static_cast<size_t>(size)});
    OPENSSL_free(der);
    if (!certificate) return refuse(X509_V_ERR_EE_KEY_TOO_SMALL);
    const Instant now = state.context->tell_time();
    if (now < certificate->NotBefore()) return refuse(X509_V_ERR_CERT_NOT_YET_VALID);
    if (!certificate->CheckValidAt(now)) return refuse(X509_V_ERR_CERT_HAS_EXPIRED);
    const Sha256 key = certificate->KeyFingerprint();
    if (state.expected_peer && key != *state.expected_peer) return refuse(X509_V_ERR_APPLICATION_VERIFICATION);
    state.peer_key = key;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
};

Result<TlsContext> TlsContext::Make(TlsRole role, std::string_view certificate_pem, std::string_view key_pem,
                                    std::function<Instant()> tell_time) {
  auto state = std::make_shared<State>();
  state->role = role;
  state->tell_time = std::move(tell_time);
  state->ctx.reset(SSL_CTX_new(role == TlsRole::kServer ? TLS_server_method() : TLS_client_method()));
  SSL_CTX* const ctx = state->ctx.get();
  if (ctx == nullptr) return Unusable("library");
  if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1)
    return Unusable("library");
  SSL_CTX_set_security_level(ctx, 2);
  SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(ctx, 0);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(ctx, 0);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(ctx, TlsSession::State::Judge, nullptr);
  if (role == TlsRole::kServer || !certificate_pem.empty()) TRY(UseCertificate(ctx, certificate_pem, key_pem));
  return TlsContext(std::move(state));
}

TlsSession::TlsSession(const TlsContext& context, std::optional<Sha256> expected_peer)
    : state_(std::make_unique<State>()) {
  state_->context = context.state_;
  state_->expected_peer = expected_peer;
  state_->ssl.reset(SSL_new(context.state_->ctx.get()));
  BIO* const bio = BIO_new(WireMethod());
  CHECK(state_->ssl != nullptr && bio != nullptr);
  BIO_set_data(bio, state_->wire.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(state_->ssl.get(), bio, bio);
  SSL_set_app_data(state_->ssl.get(), state_.get());
  if (context.state_->role == TlsRole::kServer) {
    SSL_set_accept_state(state_->ssl.get());
  } else {
    SSL_set_connect_state(state_->ssl.get());
  }
}
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;
TlsSession::~TlsSession() = default;

std::span<uint8_t> TlsSession::Room() {
  Wire& wire = *state_->wire;
  if (wire.in_from == wire.in_until) wire.in_from = wire.in_until = 0;
  return std::span<uint8_t>(wire.in).subspan(wire.in_until);
}

void TlsSession::Filled(size_t bytes) {
  Wire& wire = *state_->wire;
  CHECK(bytes <= wire.in.size() - wire.in_until);
  wire.in_until += bytes;
}

Bytes& TlsSession::outgoing() {
  return state_->wire->out;
}

Result<bool> TlsSession::Handshake() {
  if (state_->broken) return Fail(Code::kInvalid, "The TLS handshake failed before: open a new connection.");
  ERR_clear_error();
  const int done = SSL_do_handshake(state_->ssl.get());
  if (done == 1) return true;
  const int why = SSL_get_error(state_->ssl.get(), done);
  if (why == SSL_ERROR_WANT_READ) return false;
  state_->broken = true;
  return HandshakeFailed();
}

const Sha256& TlsSession::peer_key() const {
  CHECK(state_->peer_key.has_value());
  return *state_->peer_key;
}

Result<size_t> TlsSession::Read(std::span<uint8_t> out) {
  if (state_->broken) return Fail(Code::kUnavailable, "The TLS connection is broken: open a new one.");
  ERR_clear_error();
  size_t bytes = 0;
  const int done = SSL_read_ex(state_->ssl.get(), out.data(), out.size(), &bytes);
  if (done == 1) return bytes;
  switch (SSL_get_error(state_->ssl.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return size_t{0};
    case SSL_ERROR_ZERO_RETURN:
      state_->closed = true;
      return size_t{0};
    default:
      state_->broken = true;
      if (IsRefusal(ERR_GET_REASON(ERR_peek_error())))
        return FailClean(Code::kDenied, "The other side refused our certificate: see that it pinned our key.");
      return FailClean(Code::kCorrupt, "The TLS connection broke: a record is not what was sent. Connect again.");
  }
}

bool TlsSession::closed() const {
  return state_->closed;
}

Status TlsSession::Write(ByteView plain_text) {
  if (state_->broken) return Fail(Code::kUnavailable, "The TLS connection is broken: open a new one.");
  while (!plain_text.empty()) {
    ERR_clear_error();
    size_t bytes = 0;
    if (SSL_write_ex(state_->ssl.get(), plain_text.data(), plain_text.size(), &bytes) != 1) {
      state_->broken = true;
      return FailClean(Code::kUnavailable, "The TLS connection broke while sending: connect again.");
    }
    plain_text = plain_text.subspan(bytes);
  }
  return {};
}

void TlsSession::Close() {
  if (state_->broken || !SSL_is_init_finished(state_->ssl.get())) return;
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

}  // namespace crossguard
