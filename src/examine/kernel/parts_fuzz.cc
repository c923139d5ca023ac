#include "examine/kernel/parts.h"

// Any bytes as a message, a mailbox and a PDF: every part lies inside the file, has a name, and decodes to no more than
// itself, or for the deflated pictures of a PDF to no more than is stated.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  const ByteView file(data, size);
  Limits limits;
  limits.entries_max = 100;
  for (const Kind kind : {Kind::kMail, Kind::kPdf}) {
    const Parts found = FindParts(kind, file, limits);
    CHECK(found.parts.size() <= limits.entries_max && !Name(found.verdict.state).empty());
    for (const Part& part : found.parts) {
      CHECK(!part.name.empty() && part.bytes.size() <= size);
      CHECK(part.bytes.empty() || (part.bytes.data() >= data && part.bytes.data() + part.bytes.size() <= data + size));
      const auto decoded = DecodePart(part);
      const bool unpacks = part.coding == PartCoding::kPdfPixels || part.coding == PartCoding::kDeflated;
      CHECK(unpacks || decoded);
      CHECK(!decoded ||
            decoded->size() <= (unpacks ? kPdfPixelBytesMax + (kPdfPixelBytesMax >> 10) : part.bytes.size()));
    }
  }
  FileBytes mailbox(file);
  const MailboxParts messages = FindMboxParts(mailbox, limits);
  CHECK(messages.parts.size() <= limits.entries_max);
  uint64_t last = 0;
  for (const MailboxPart& part : messages.parts) {
    CHECK(!part.name.empty() && part.begin >= last && part.begin < part.end && part.end <= size);
    last = part.end;
  }
  return 0;
}
