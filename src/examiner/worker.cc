#include "examiner/worker.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <stdexcept>

#include "examine/kernel/answer.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/kind.h"
#include "examiner/jail.h"

namespace crossguard::examiner {
namespace {

using namespace examine;

constexpr int kExitDone = 0;
constexpr int kExitPeerGone = 3;
constexpr int kExitBadJob = 4;

void Send(MessageKind kind, uint32_t index, const void* body, size_t length) {
  static std::array<uint8_t, kMessageBytesMax> message;
  if (length > kBodyBytesMax) _exit(kExitBadJob);
  const MessageHeader header{
      .magic = kMessageMagic, .kind = kind, .index = index, .length = static_cast<uint32_t>(length)};
  std::memcpy(message.data(), &header, sizeof(header));
  if (length > 0) std::memcpy(message.data() + sizeof(header), body, length);
  const size_t total = sizeof(header) + length;
  if (send(kAnswerFd, message.data(), total, MSG_NOSIGNAL) != static_cast<ssize_t>(total)) _exit(kExitPeerGone);
}

// The decoders free what they hold when memory runs out, so the next file of the batch finds it again.
FileFacts ExamineWithinMemory(const FamilyWork& work, FileBytes& bytes, const JobFile& file, uint32_t index,
                              const Limits& limits, BeforeFile before_file) {
  try {
    if (before_file != nullptr) before_file(bytes.head(), index);
    if (!bytes.in_memory()) return ExamineAs(work, bytes, file.depth, limits);
    return ExamineAs(work, bytes.head(), file.size_bytes, file.depth, limits);
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  FileFacts facts;
  facts.kind = DetectKind(bytes.head());
  facts.state = State::kLimitExceeded;
  facts.reason = Reason::kMemoryLimit;
  return facts;
}

void ExamineFile(const FamilyWork& work, FileBytes& bytes, const JobFile& file, uint32_t index, const Limits& limits,
                 BeforeFile before_file) {
  const FileFacts facts = ExamineWithinMemory(work, bytes, file, index, limits, before_file);
  Bytes body;
  for (size_t from = 0; from < facts.members.size();) {
    body.clear();
    from += PackMembers(facts.members, from, body);
    Send(MessageKind::kMembers, index, body.data(), body.size());
  }
  for (size_t from = 0; from < facts.video_frames.size();) {
    body.clear();
    from += PackFrames(facts.video_frames, from, body);
    Send(MessageKind::kFrames, index, body.data(), body.size());
  }
  const Answer answer = ToAnswer(facts);
  Send(MessageKind::kAnswer, index, &answer, sizeof(answer));
}

// Asks for a part of the file and waits until it is in the window. Nothing is owed to a peer that answers anything
// else.
ByteView FetchPart(uint32_t index, const uint8_t* window, uint64_t offset, uint64_t length) {
  const FetchRequest request{.offset = offset, .length = length};
  Send(MessageKind::kFetch, index, &request, sizeof(request));
  FetchReply reply{};
  ssize_t got = -1;
  do {
    got = recv(kAnswerFd, &reply, sizeof(reply), 0);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof(reply)) || reply.magic != kMessageMagic || reply.offset != offset ||
      reply.length != length) {
    _exit(kExitPeerGone);
  }
  return {window, static_cast<size_t>(length)};
}

MemberEnd ToEnd(Verdict verdict) {
  return {.state = static_cast<uint8_t>(verdict.state), .reason = static_cast<uint8_t>(verdict.reason)};
}

void Unpack(const FamilyWork& work, FileBytes& archive, const Job& job) {
  Verdict verdict{State::kLimitExceeded, Reason::kMemoryLimit};
  // A chunk and its header must fit in one message.
  const auto send_chunk = [](uint32_t index, ByteView chunk) {
    while (!chunk.empty()) {
      const ByteView part = chunk.first(std::min(chunk.size(), kBodyBytesMax));
      Send(MessageKind::kMemberData, index, part.data(), part.size());
      chunk = chunk.subspan(part.size());
    }
    return true;
  };
  const auto send_end = [](uint32_t index, Verdict ended) {
    const MemberEnd end = ToEnd(ended);
    Send(MessageKind::kMemberEnd, index, &end, sizeof(end));
    return true;
  };
  try {
    verdict =
        work.unpack(archive, job.limits, job.first_member, job.member_count, {.data = send_chunk, .end = send_end});
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  const MemberEnd end = ToEnd(verdict);
  Send(MessageKind::kDone, 0, &end, sizeof(end));
}

}  // namespace

void RunWorker(const FamilyWork& work, const Job& job, const uint8_t* input, BeforeFile before_file) {
  if (job.file_count < 1 || job.file_count > kBatchFilesMax) _exit(kExitBadJob);
  if (job.windowed != 0 && (job.file_count != 1 || job.input_bytes != kWindowBytes)) _exit(kExitBadJob);
  if (job.act == Act::kUnpack && work.unpack == nullptr) _exit(kExitBadJob);
  for (uint32_t i = 0; i < job.file_count; ++i) {
    const JobFile& file = job.files[i];
    if (file.offset > job.input_bytes || file.bytes > job.input_bytes - file.offset) _exit(kExitBadJob);
    FileBytes bytes = job.windowed == 0 ? FileBytes(ByteView(input + file.offset, file.bytes))
                                        : FileBytes(file.size_bytes, [i, input](uint64_t offset, uint64_t length) {
                                            return FetchPart(i, input, offset, length);
                                          });
    if (job.act == Act::kUnpack) {
      Unpack(work, bytes, job);
    } else {
      ExamineFile(work, bytes, file, i, job.limits, before_file);
    }
  }
  _exit(kExitDone);
}

}  // namespace crossguard::examiner
