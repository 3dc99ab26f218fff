#include "policy/document.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "policy/tags.h"

/* What the parser gets at once, then on to the end of a tag: a mark cut in two would be searched through again with each
   piece. */
enum { FEED_BYTES = 64 * 1024 };

/* The parser's array of attributes: five pointers for each. */
enum {
    ATTRIBUTE_NAME,
    ATTRIBUTE_PREFIX,
    ATTRIBUTE_URI,
    ATTRIBUTE_VALUE,
    ATTRIBUTE_END,
    ATTRIBUTE_FIELDS
};

struct walk {
    const struct document_events *events;
    void *context;
    struct tags tags; /* runs beside the parser: its k-th start tag is the parser's k-th event */
    struct document_fault *fault;
    size_t depth;
    bool failed, no_memory;
};

static void PRINTF_LIKE(4, 5)
    walk_fail(struct walk *walk, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list args;
    if (walk->failed) {
        return;
    }
    walk->failed = true;
    walk->fault->line = line;
    walk->fault->column = column;
    va_start(args, format);
    (void)vsnprintf(walk->fault->text, sizeof(walk->fault->text), format, args);
    va_end(args);
}

static struct slice slice_of_xml(const xmlChar *text)
{
    return slice_of((const char *)text);
}

bool element_attribute(const struct element *element, const char *name, struct slice *out)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        const unsigned char *const *fields = element->attributes + i * ATTRIBUTE_FIELDS;
        if (fields[ATTRIBUTE_PREFIX] == NULL &&
            strcmp((const char *)fields[ATTRIBUTE_NAME], name) == 0) {
            *out = (struct slice){ (const char *)fields[ATTRIBUTE_VALUE],
                                   (size_t)(fields[ATTRIBUTE_END] - fields[ATTRIBUTE_VALUE]) };
            return true;
        }
    }
    return false;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int attribute_count,
                     int defaulted_count, const xmlChar **attributes)
{
    struct walk *walk = context;
    struct tag tag = { .line = 0 };
    (void)prefix;
    (void)namespace_count;
    (void)namespaces;
    (void)defaulted_count;
    if (walk->failed) {
        return;
    }
    (void)tags_next(&walk->tags, &tag);
    walk->depth++;
    if (walk->depth > POLICY_DEPTH_MAX) {
        walk_fail(walk, tag.line, tag.column, "elements are nested deeper than %d",
                  POLICY_DEPTH_MAX);
        return;
    }
    const struct element element = { .name = slice_of_xml(name),
                                     .foreign = uri != NULL,
                                     .line = tag.line,
                                     .column = tag.column,
                                     .attributes = attributes,
                                     .attribute_count = (size_t)attribute_count };
    walk->events->start(walk->context, &element);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct walk *walk = context;
    (void)prefix;
    if (!walk->failed) {
        walk->depth--;
        walk->events->end(walk->context, slice_of_xml(name), uri != NULL);
    }
}

/* Faults of namespaces do not stop the parser, but no strict reader takes such a text. */
static bool is_fault(const xmlError *error)
{
    return error->level == XML_ERR_FATAL ||
           (error->domain == XML_FROM_NAMESPACE && error->code >= XML_NS_ERR_XML_NAMESPACE &&
            error->code <= XML_NS_ERR_COLON);
}

static void on_error(void *context, xmlErrorPtr error)
{
    struct walk *walk = context;
    if (error->code == XML_ERR_NO_MEMORY) {
        walk->no_memory = true;
    } else if (is_fault(error)) {
        struct slice text = slice_trim(slice_of(error->message));
        walk_fail(walk, error->line < 0 ? 0 : (uint32_t)error->line, 0, "not well-formed: %.*s",
                  (int)text.length, text.length == 0 ? "" : text.text);
    }
}

/* Before the parser sees them: it compares each attribute with each before it. */
static void attributes_check(struct walk *walk, struct slice text)
{
    struct tags tags;
    struct tag tag;
    tags_init(&tags, text);
    while (!walk->failed && tags_next(&tags, &tag)) {
        if (tag.attribute_count > POLICY_ATTRIBUTES_MAX) {
            walk_fail(walk, tag.line, tag.column, "an element has more than %d attributes",
                      POLICY_ATTRIBUTES_MAX);
        }
    }
}

static void feed(struct walk *walk, xmlParserCtxtPtr parser, struct slice text)
{
    struct tags tags;
    struct tag tag;
    const char *from = text.text;
    tags_init(&tags, text);
    while (!walk->failed && !walk->no_memory && tags_next(&tags, &tag)) {
        if (tag.behind - from >= FEED_BYTES) {
            (void)xmlParseChunk(parser, from, (int)(tag.behind - from), 0);
            from = tag.behind;
        }
    }
    if (!walk->failed && !walk->no_memory) {
        (void)xmlParseChunk(parser, from, (int)(text.text + text.length - from), 1);
    }
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_setup(void)
{
    xmlInitParser();
}

enum result document_walk(struct slice text, const struct document_events *events, void *context,
                          struct document_fault *out_fault)
{
    struct walk walk = { .events = events, .context = context, .fault = out_fault };
    xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC,
                              .startElementNs = on_start,
                              .endElementNs = on_end,
                              .serror = on_error };
    attributes_check(&walk, text);
    if (walk.failed) {
        return RESULT_INVALID;
    }
    (void)pthread_once(&library_once, library_setup);
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, &walk, NULL, 0, NULL);
    if (parser == NULL) {
        return RESULT_NO_MEMORY;
    }
    /* No document type gets here, so NOENT replaces nothing but &amp; and its four kin; HUGE lifts the library's bounds
       in favour of ours. */
    (void)xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
    tags_init(&walk.tags, text);
    feed(&walk, parser, text);
    bool whole = parser->wellFormed == 1;
    xmlDocPtr document = parser->myDoc;
    xmlFreeParserCtxt(parser);
    xmlFreeDoc(document);
    if (walk.no_memory) {
        return RESULT_NO_MEMORY;
    }
    if (!walk.failed && !whole) {
        walk_fail(&walk, 0, 0, "not well-formed");
    }
    return walk.failed ? RESULT_INVALID : RESULT_OK;
}
