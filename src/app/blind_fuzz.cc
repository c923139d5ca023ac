// The readers of blinded questions, answers and tags: a row within its bounds, or one sentence.
#include <cstddef>
#include <cstdint>

#include "app/mail_blind.h"
#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  ReceivedMessage message;
  message.id = "msg-aaaaaaaaaaaaaaaa";
  message.from = "at-bk";
  message.body = ParseJson(ByteView(data, size));
  message.received = {1'772'000'000'000'000};
  const auto sentence = [](const Error& error) { CHECK(error.message.ends_with('.')); };
  if (const auto part = ReadTagPart(message); part) {
    CHECK(part->part < part->part_count && crosscheck::CheckEntries(part->entries));
    CHECK(part->first_tag.size() == crosscheck::kTagBytes && IsElement(part->public_key));
  } else {
    sentence(part.error());
  }
  if (const auto question = ReadBlinded(message); question) {
    CHECK(JoinElements(SplitElements(question->elements).value()) == question->elements);
  } else {
    sentence(question.error());
  }
  if (const auto answer = ReadBlindAnswer(message.body); answer) {
    CHECK(!answer->evaluation.elements.empty() && answer->evaluation.elements.size() <= kBlindElementsMax);
  } else {
    sentence(answer.error());
  }
  return 0;
}
