// Bytes that flow: the two ends of every streaming face in this room. Any file, socket or buffer becomes one by a
// lambda.
#pragma once

#include <functional>
#include <span>

#include "base/bytes.h"
#include "base/error.h"

namespace crossguard {

// Takes all of the bytes or fails; the view is valid during the call only.
using Sink = std::function<Status(ByteView)>;
// Fills a part of `out` from its start and returns how many bytes; 0 means the end (out is never empty). May return
// fewer bytes than asked for at any time.
using Source = std::function<Result<size_t>(std::span<uint8_t> out)>;

Sink SinkTo(Bytes& bytes);        // appends; `bytes` must outlive the sink
Source SourceOf(ByteView bytes);  // reads from the start; what the view points to must outlive the source
// Calls source until `out` is full or the end has come. Returns how many bytes are in `out`.
Result<size_t> ReadFull(const Source& source, std::span<uint8_t> out);

}  // namespace crossguard
