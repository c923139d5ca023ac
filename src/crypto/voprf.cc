#include "crypto/voprf.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace crossguard {
namespace {

static_assert(crypto_core_ristretto255_BYTES == GroupElement::kSize);
static_assert(crypto_core_ristretto255_SCALARBYTES == SecretKey::kSize);
static_assert(crypto_core_ristretto255_HASHBYTES == crypto_hash_sha512_BYTES);

using Scalar = std::array<uint8_t, crypto_core_ristretto255_SCALARBYTES>;
using Wide = std::array<uint8_t, crypto_hash_sha512_BYTES>;

// RFC 9497, section 3.1: "OPRFV1-" || I2OSP(mode, 1) || "-" || identifier, and mode VOPRF is 1.
constexpr std::string_view kContext = "OPRFV1-\x01-ristretto255-SHA512";
constexpr size_t kSha512BlockBytes = 128;

void Ready() {
  static const bool ready = [] {
    CHECK(sodium_init() >= 0);
    return true;
  }();
  (void)ready;
}

class Hash {
 public:
  Hash() { crypto_hash_sha512_init(&state_); }
  Hash& Add(ByteView bytes) {
    crypto_hash_sha512_update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  Hash& Add(std::string_view text) { return Add(AsBytes(text)); }
  Hash& AddLength(size_t length) {  // I2OSP(length, 2)
    const std::array<uint8_t, 2> bytes{static_cast<uint8_t>(length >> 8U), static_cast<uint8_t>(length)};
    return Add(ByteView(bytes));
  }
  Hash& AddByte(uint8_t byte) { return Add(ByteView(&byte, 1)); }
  Hash& AddSized(ByteView bytes) { return AddLength(bytes.size()).Add(bytes); }
  Wide Finish() {
    Wide out;
    crypto_hash_sha512_final(&state_, out.data());
    return out;
  }

 private:
  crypto_hash_sha512_state state_{};
};

// RFC 9380, section 5.3.1, expand_message_xmd with SHA-512 for 64 bytes, which is one block of output. The tag is
// `prefix` || context.
Wide Expand(ByteView message, std::string_view prefix) {
  const auto tag = [&](Hash& hash) -> Hash& {
    return hash.Add(prefix).Add(kContext).AddByte(static_cast<uint8_t>(prefix.size() + kContext.size()));
  };
  static constexpr std::array<uint8_t, kSha512BlockBytes> kZeros{};
  Hash first;
  first.Add(ByteView(kZeros)).Add(message).AddLength(Wide().size()).AddByte(0);
  const Wide start = tag(first).Finish();
  Hash second;
  second.Add(ByteView(start)).AddByte(1);
  return tag(second).Finish();
}

// 64 bytes, little-endian, modulo the order of the group.
Scalar Reduce(const Wide& wide) {
  Scalar out;
  crypto_core_ristretto255_scalar_reduce(out.data(), wide.data());
  return out;
}

Scalar HashToScalar(ByteView message) {
  return Reduce(Expand(message, "HashToScalar-"));
}

bool IsZero(ByteView bytes) {
  return sodium_is_zero(bytes.data(), bytes.size()) == 1;
}

// Below the order of the group: one scalar has one form (RFC 9497, DeserializeScalar). The group's functions would pass
// the highest bit over.
bool IsScalar(ByteView bytes) {
  Wide wide{};
  if (bytes.size() != Scalar().size()) return false;
  std::ranges::copy(bytes, wide.begin());
  Scalar reduced = Reduce(wide);
  const bool out = EqualConstantTime(reduced, bytes);
  Cleanse(wide);
  Cleanse(reduced);
  return out;
}

SecretKey RandomScalar(Random& random) {
  for (;;) {
    Wide wide = random.Take<Wide().size()>();
    Scalar scalar = Reduce(wide);
    SecretKey out = SecretKey::From(scalar).value();
    Cleanse(wide);
    Cleanse(scalar);
    if (!IsZero(out.reveal())) return out;
  }
}

// False where the product is the identity.
bool Multiply(GroupElement& out, ByteView scalar, const GroupElement& element) {
  return crypto_scalarmult_ristretto255(out.bytes.data(), scalar.data(), element.bytes.data()) == 0;
}
bool MultiplyBase(GroupElement& out, ByteView scalar) {
  return crypto_scalarmult_ristretto255_base(out.bytes.data(), scalar.data()) == 0;
}
bool Add(GroupElement& sum, const GroupElement& element) {
  return crypto_core_ristretto255_add(sum.bytes.data(), sum.bytes.data(), element.bytes.data()) == 0;
}

Result<GroupElement> HashToGroup(ByteView input) {
  Ready();
  if (input.size() > kVoprfInputMaxBytes) return Fail(Code::kInvalid, "An input may have 65,535 bytes; shorten it.");
  const Wide wide = Expand(input, "HashToGroup-");
  GroupElement out;
  crypto_core_ristretto255_from_hash(out.bytes.data(), wide.data());
  if (IsZero(out.view())) return Fail(Code::kInvalid, "The input has no element of the group; leave it out.");
  return out;
}

VoprfOutput FinalHash(ByteView input, const GroupElement& element) {
  return {Hash().AddSized(input).AddSized(element.view()).Add("Finalize").Finish()};
}

// RFC 9497, section 2.2.1: one weighted sum of what was blinded, and one of what was evaluated. Identity is all zeros,
// from which the additions start.
struct Composites {
  GroupElement blinded, evaluated;
};

class Weights {
 public:
  explicit Weights(const GroupElement& public_key) {
    const std::string tag = "Seed-" + std::string(kContext);
    seed_ = Hash().AddSized(public_key.view()).AddSized(AsBytes(tag)).Finish();
  }
  Scalar Of(size_t place, const GroupElement& blinded, const GroupElement& evaluated) {
    text_.clear();
    Append(seed_);
    AppendLength(place);
    Append(blinded.view());
    Append(evaluated.view());
    constexpr std::string_view kLast = "Composite";
    text_.insert(text_.end(), kLast.begin(), kLast.end());
    return HashToScalar(text_);
  }

 private:
  void AppendLength(size_t length) {
    text_.push_back(static_cast<uint8_t>(length >> 8U));
    text_.push_back(static_cast<uint8_t>(length));
  }
  void Append(ByteView bytes) {
    AppendLength(bytes.size());
    text_.insert(text_.end(), bytes.begin(), bytes.end());
  }
  Wide seed_;
  Bytes text_;
};

// With the key the second sum is the first one times the key.
std::optional<Composites> SumWithKey(ByteView key, const GroupElement& public_key,
                                     std::span<const GroupElement> blinded, std::span<const GroupElement> evaluated) {
  Weights weights(public_key);
  Composites out;
  for (size_t i = 0; i < blinded.size(); ++i) {
    GroupElement part;
    if (!Multiply(part, weights.Of(i, blinded[i], evaluated[i]), blinded[i]) || !Add(out.blinded, part))
      return std::nullopt;
  }
  if (!Multiply(out.evaluated, key, out.blinded)) return std::nullopt;
  return out;
}

std::optional<Composites> Sum(const GroupElement& public_key, std::span<const GroupElement> blinded,
                              std::span<const GroupElement> evaluated) {
  Weights weights(public_key);
  Composites out;
  for (size_t i = 0; i < blinded.size(); ++i) {
    const Scalar weight = weights.Of(i, blinded[i], evaluated[i]);
    GroupElement part;
    if (!Multiply(part, weight, blinded[i]) || !Add(out.blinded, part)) return std::nullopt;
    if (!Multiply(part, weight, evaluated[i]) || !Add(out.evaluated, part)) return std::nullopt;
  }
  return out;
}

Scalar Challenge(const GroupElement& public_key, const Composites& sums, const GroupElement& t2,
                 const GroupElement& t3) {
  Bytes text;
  for (const GroupElement& element : {public_key, sums.blinded, sums.evaluated, t2, t3}) {
    text.push_back(0);
    text.push_back(GroupElement::kSize);
    text.insert(text.end(), element.bytes.begin(), element.bytes.end());
  }
  constexpr std::string_view kLast = "Challenge";
  text.insert(text.end(), kLast.begin(), kLast.end());
  return HashToScalar(text);
}

std::unexpected<Error> NotOfTheGroup() {
  return Fail(Code::kInvalid, "An element is none of the group; make the question anew.");
}
std::unexpected<Error> NotProven() {
  return Fail(Code::kDenied, "The proof does not hold: this was evaluated with another key than the published one.");
}

}  // namespace

bool IsElement(const GroupElement& element) {
  Ready();
  return !IsZero(element.view()) && crypto_core_ristretto255_is_valid_point(element.bytes.data()) == 1;
}

VoprfKey VoprfKey::Make(Random& random) {
  Ready();
  SecretKey scalar = RandomScalar(random);
  GroupElement public_key;
  CHECK(MultiplyBase(public_key, scalar.reveal()));
  return {std::move(scalar), public_key};
}

Result<VoprfKey> VoprfKey::From(ByteView bytes) {
  Ready();
  SecretKey scalar = TRY(SecretKey::From(bytes));
  GroupElement public_key;
  if (!IsScalar(bytes) || IsZero(bytes) || !MultiplyBase(public_key, scalar.reveal()))
    return Fail(Code::kInvalid, "These 32 bytes are no key for blinded questions; restore the key or make a new one.");
  return VoprfKey(std::move(scalar), public_key);
}

Result<VoprfOutput> VoprfKey::Output(ByteView input) const {
  const GroupElement element = TRY(HashToGroup(input));
  GroupElement product;
  CHECK(Multiply(product, scalar_.reveal(), element));
  return FinalHash(input, product);
}

Result<Evaluation> VoprfKey::Evaluate(std::span<const GroupElement> blinded, Random& random) const {
  if (blinded.empty() || blinded.size() > kVoprfBatchMax)
    return Fail(Code::kInvalid, "One question holds 1 to 65,535 elements.");
  Evaluation out;
  out.elements.resize(blinded.size());
  for (size_t i = 0; i < blinded.size(); ++i) {
    if (!IsElement(blinded[i]) || !Multiply(out.elements[i], scalar_.reveal(), blinded[i])) return NotOfTheGroup();
  }
  const auto sums = SumWithKey(scalar_.reveal(), public_key_, blinded, out.elements);
  if (!sums) return NotOfTheGroup();
  const SecretKey nonce = RandomScalar(random);
  GroupElement t2, t3;
  if (!MultiplyBase(t2, nonce.reveal()) || !Multiply(t3, nonce.reveal(), sums->blinded)) return NotOfTheGroup();
  const Scalar challenge = Challenge(public_key_, *sums, t2, t3);
  Scalar product;
  crypto_core_ristretto255_scalar_mul(product.data(), challenge.data(), scalar_.reveal().data());
  std::ranges::copy(challenge, out.proof.bytes.begin());
  crypto_core_ristretto255_scalar_sub(out.proof.bytes.data() + challenge.size(), nonce.reveal().data(), product.data());
  Cleanse(product);
  return out;
}

Result<BlindedInput> BlindInput(ByteView input, Random& random) {
  const GroupElement element = TRY(HashToGroup(input));
  BlindedInput out;
  out.blind = RandomScalar(random);
  CHECK(Multiply(out.element, out.blind.reveal(), element));
  return out;
}

bool IsBlindOf(const GroupElement& element, ByteView input, const SecretKey& blind) {
  const auto hashed = HashToGroup(input);
  GroupElement again;
  return hashed && Multiply(again, blind.reveal(), *hashed) && again == element;
}

Status VerifyEvaluation(const GroupElement& public_key, std::span<const GroupElement> blinded,
                        const Evaluation& evaluation) {
  if (blinded.empty() || blinded.size() > kVoprfBatchMax || blinded.size() != evaluation.elements.size())
    return Fail(Code::kInvalid, "The answer does not hold one element for each that was asked.");
  if (!IsElement(public_key) || !std::ranges::all_of(blinded, IsElement) ||
      !std::ranges::all_of(evaluation.elements, IsElement))
    return NotOfTheGroup();
  const ByteView proof = evaluation.proof.view();
  const ByteView challenge = proof.first(Scalar().size()), response = proof.subspan(Scalar().size());
  if (!IsScalar(challenge) || !IsScalar(response)) return NotProven();
  const auto sums = Sum(public_key, blinded, evaluation.elements);
  GroupElement t2, t3, part;
  if (!sums || !MultiplyBase(t2, response) || !Multiply(part, challenge, public_key) || !Add(t2, part) ||
      !Multiply(t3, response, sums->blinded) || !Multiply(part, challenge, sums->evaluated) || !Add(t3, part))
    return NotProven();
  return EqualConstantTime(Challenge(public_key, *sums, t2, t3), challenge) ? Status() : Status(NotProven());
}

Result<VoprfOutput> TakeBlindAway(ByteView input, const SecretKey& blind, const GroupElement& evaluated) {
  if (input.size() > kVoprfInputMaxBytes) return Fail(Code::kInvalid, "An input may have 65,535 bytes; shorten it.");
  if (!IsElement(evaluated)) return NotOfTheGroup();
  Scalar inverse;
  const CleanseAtExit cleanse(inverse);
  GroupElement element;
  if (crypto_core_ristretto255_scalar_invert(inverse.data(), blind.reveal().data()) != 0 ||
      !Multiply(element, inverse, evaluated))
    return Fail(Code::kInvalid, "The blind is none; it must be the one that the question was made with.");
  return FinalHash(input, element);
}

}  // namespace crossguard
