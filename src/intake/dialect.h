// Which shape a document has, by its content, and the reader of each.
#pragma once

#include <memory>

#include "intake/records.h"

namespace crossguard::intake {

enum class Shape : uint8_t { kMedia, kXmlReport, kXmlFileDetails, kJson, kCsvAccounts, kCsvFiles, kCsvIps };

constexpr size_t kSniffBytes = 64U << 10U;

// head: the first kSniffBytes of the content, or all of it. What is no report document is media. Pure; total on any
// bytes.
Shape Sniff(ByteView head);

// The name of the packing that the content begins as ("ZIP" ...); "" for none. Reports inside of one are not read.
std::string_view ArchiveName(ByteView head);

// The sink must outlive the dialect. Not for kMedia.
std::unique_ptr<Dialect> MakeDialect(Shape shape, RecordSink& sink);

std::unique_ptr<Dialect> MakeXmlDialect(RecordSink& sink);
std::unique_ptr<Dialect> MakeJsonDialect(RecordSink& sink);
std::unique_ptr<Dialect> MakeCsvDialect(Shape shape, RecordSink& sink);

}  // namespace crossguard::intake
