/* SPDX-FileCopyrightText: The sp-host authors
 * SPDX-License-Identifier: MIT */

/* relay HOST PORT RTT_US: a TCP relay to a PostgreSQL server. It holds what passes for half the
 * round-trip time in each direction, and counts the round trips. It prints its own port, serves
 * until SIGTERM, and then prints what it counted as one JSON object.
 *
 * A round trip is counted where it is one: every chunk carries its depth, the number of answers
 * that its sender had got before it sent. An answer is one deeper than the deepest question that
 * the server had got. The depth that the client has reached at the end is how often it could have
 * had to wait; a client that sends on without reading stays where it is. */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_MAX (64u << 10)

/* The codes of a start-up packet that is answered with a single byte and no message: PostgreSQL
 * documentation, "Message Formats", SSLRequest and GSSENCRequest. */
#define SSL_REQUEST 80877103u
#define GSS_REQUEST 80877104u

typedef struct {
    gint64 due_ns;
    guint depth;
    gsize done;
    GBytes *bytes; /* NULL: the end of the stream */
} Chunk;

/* One direction of a connection. */
typedef struct {
    int from;
    int to;
    GQueue chunks;
    gboolean has_ended;  /* nothing more comes */
    gboolean is_closed;  /* nothing more goes */
    gboolean is_blocked; /* the receiver's buffer is full */
    guint64 n_bytes;
} Flow;

typedef struct {
    Flow up;   /* from the client to the server */
    Flow down; /* from the server to the client */
    guint client_depth;
    guint server_depth;
    /* Where the server's first ReadyForQuery is looked for. */
    gboolean is_started;
    guint start_depth;
    guint raw; /* bytes that belong to no message */
    guint8 header[5];
    guint header_length;
    guint64 body;
} Connection;

typedef struct {
    struct sockaddr_in server;
    gint64 delay_ns;
    GPtrArray *connections;
} Relay;

static gint64
now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * G_GINT64_CONSTANT(1000000000) + now.tv_nsec;
}

static void
chunk_free(gpointer data)
{
    Chunk *chunk = data;
    g_clear_pointer(&chunk->bytes, g_bytes_unref);
    g_free(chunk);
}

static void
connection_free(gpointer data)
{
    Connection *connection = data;
    g_queue_clear_full(&connection->up.chunks, chunk_free);
    g_queue_clear_full(&connection->down.chunks, chunk_free);
    close(connection->up.from);
    close(connection->up.to);
    g_free(connection);
}

static void
be_prompt(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void
accept_client(Relay *relay, int listener)
{
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 ||
        connect(server, (const struct sockaddr *)&relay->server, sizeof relay->server) != 0) {
        perror("relay: connect");
        close(client);
        if (server >= 0)
            close(server);
        return;
    }
    be_prompt(client);
    be_prompt(server);
    Connection *connection = g_new0(Connection, 1);
    connection->up = (Flow){.from = client, .to = server};
    connection->down = (Flow){.from = server, .to = client};
    g_ptr_array_add(relay->connections, connection);
}

/* What asks for encryption is answered with one byte that is no message. */
static void
look_at_client(Connection *connection, const guint8 *data, gsize size)
{
    guint32 code;
    if (connection->is_started || size != 8)
        return;
    memcpy(&code, data + 4, sizeof code);
    code = GUINT32_FROM_BE(code);
    if (code == SSL_REQUEST || code == GSS_REQUEST)
        connection->raw++;
}

/* The header of a message is its type and its length, which counts itself. */
static void
look_at_server(Connection *connection, const guint8 *data, gsize size, guint depth)
{
    for (gsize i = 0; i < size && !connection->is_started; i++) {
        if (connection->raw > 0) {
            connection->raw--;
        } else if (connection->body > 0) {
            connection->body--;
        } else {
            connection->header[connection->header_length++] = data[i];
        }
        if (connection->header_length < sizeof connection->header)
            continue;
        guint32 length;
        memcpy(&length, connection->header + 1, sizeof length);
        connection->body = GUINT32_FROM_BE(length) - sizeof length;
        connection->header_length = 0;
        connection->is_started = connection->header[0] == 'Z';
        connection->start_depth = depth;
    }
}

static void
take(Relay *relay, Connection *connection, Flow *flow)
{
    guint8 buffer[READ_MAX];
    ssize_t size = recv(flow->from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    gboolean is_up = flow == &connection->up;
    /* Opening a connection takes a round trip too, which the accepted client did not wait for. */
    gboolean is_first = is_up && flow->n_bytes == 0;
    Chunk *chunk = g_new0(Chunk, 1);
    chunk->due_ns = now_ns() + relay->delay_ns * (is_first ? 3 : 1);
    chunk->depth = is_up ? connection->client_depth : connection->server_depth + 1;
    if (size > 0) {
        chunk->bytes = g_bytes_new(buffer, (gsize)size);
        flow->n_bytes += (guint64)size;
        if (is_up)
            look_at_client(connection, buffer, (gsize)size);
        else
            look_at_server(connection, buffer, (gsize)size, chunk->depth);
    }
    flow->has_ended = size <= 0;
    g_queue_push_tail(&flow->chunks, chunk);
}

/* Whether all of the chunk is on its way. */
static gboolean
send_chunk(Flow *flow, Chunk *chunk)
{
    if (chunk->bytes == NULL) {
        shutdown(flow->to, SHUT_WR);
        flow->is_closed = TRUE;
        return TRUE;
    }
    gsize size;
    const guint8 *data = g_bytes_get_data(chunk->bytes, &size);
    ssize_t sent =
        send(flow->to, data + chunk->done, size - chunk->done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        flow->is_blocked = TRUE;
        return FALSE;
    }
    chunk->done = sent < 0 ? size : chunk->done + (gsize)sent;
    return chunk->done == size;
}

static void
deliver(Connection *connection, Flow *flow, gint64 now)
{
    Chunk *chunk;
    guint *depth = flow == &connection->up ? &connection->server_depth : &connection->client_depth;
    while ((chunk = g_queue_peek_head(&flow->chunks)) != NULL && chunk->due_ns <= now) {
        if (!send_chunk(flow, chunk))
            return;
        /* The end of a stream is no answer. */
        if (chunk->bytes != NULL)
            *depth = MAX(*depth, chunk->depth);
        chunk_free(g_queue_pop_head(&flow->chunks));
    }
}

/* Delivers what is due. Returns: when the next is, or -1. */
static gint64
deliver_all(Relay *relay)
{
    gint64 next = -1;
    for (guint i = 0; i < relay->connections->len; i++) {
        Connection *connection = g_ptr_array_index(relay->connections, i);
        Flow *flows[] = {&connection->up, &connection->down};
        for (guint k = 0; k < G_N_ELEMENTS(flows); k++) {
            if (!flows[k]->is_blocked)
                deliver(connection, flows[k], now_ns());
            const Chunk *chunk = g_queue_peek_head(&flows[k]->chunks);
            if (chunk != NULL && !flows[k]->is_blocked)
                next = next < 0 ? chunk->due_ns : MIN(next, chunk->due_ns);
        }
    }
    return next;
}

static void
wait_for_events(Relay *relay, GArray *polled, gint64 due_ns)
{
    for (guint i = 0; i < relay->connections->len; i++) {
        const Connection *connection = g_ptr_array_index(relay->connections, i);
        const Flow *flows[] = {&connection->up, &connection->down};
        for (guint k = 0; k < G_N_ELEMENTS(flows); k++) {
            struct pollfd in = {.fd = flows[k]->has_ended ? -1 : flows[k]->from, .events = POLLIN};
            struct pollfd out = {.fd = flows[k]->is_blocked ? flows[k]->to : -1, .events = POLLOUT};
            g_array_append_val(polled, in);
            g_array_append_val(polled, out);
        }
    }
    gint64 wait = MAX(due_ns - now_ns(), 0);
    struct timespec timeout = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
    ppoll((struct pollfd *)polled->data, polled->len, due_ns < 0 ? NULL : &timeout, NULL);
}

/* The entries of @polled stand as wait_for_events() put them: four a connection. */
static void
take_all(Relay *relay, const struct pollfd *polled)
{
    for (guint i = 0; i < relay->connections->len; i++) {
        Connection *connection = g_ptr_array_index(relay->connections, i);
        Flow *flows[] = {&connection->up, &connection->down};
        for (guint k = 0; k < G_N_ELEMENTS(flows); k++, polled += 2) {
            if (polled[0].fd >= 0 && polled[0].revents != 0)
                take(relay, connection, flows[k]);
            if (polled[1].fd >= 0 && polled[1].revents != 0)
                flows[k]->is_blocked = FALSE;
        }
    }
}

static void
serve(Relay *relay, int listener, int signals)
{
    for (;;) {
        gint64 due_ns = deliver_all(relay);
        g_autoptr(GArray) polled = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
        const struct pollfd own[] = {{.fd = signals, .events = POLLIN},
                                     {.fd = listener, .events = POLLIN}};
        g_array_append_vals(polled, own, G_N_ELEMENTS(own));
        wait_for_events(relay, polled, due_ns);
        const struct pollfd *seen = (const struct pollfd *)polled->data;
        if (seen[0].revents != 0)
            return;
        take_all(relay, seen + G_N_ELEMENTS(own));
        if (seen[1].revents != 0)
            accept_client(relay, listener);
    }
}

static void
print_counts(const Relay *relay)
{
    guint turns = 0, start_turns = 0;
    guint64 up = 0, down = 0;
    for (guint i = 0; i < relay->connections->len; i++) {
        const Connection *connection = g_ptr_array_index(relay->connections, i);
        guint start = connection->is_started ? connection->start_depth : connection->client_depth;
        start_turns += start;
        turns += connection->client_depth - MIN(start, connection->client_depth);
        up += connection->up.n_bytes;
        down += connection->down.n_bytes;
    }
    printf("{\"connections\": %u, \"start_turns\": %u, \"turns\": %u, "
           "\"bytes_up\": %" G_GUINT64_FORMAT ", \"bytes_down\": %" G_GUINT64_FORMAT "}\n",
           relay->connections->len, start_turns, turns, up, down);
}

static int
listen_on_any_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, SOMAXCONN) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return -1;
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int
main(int argc, char **argv)
{
    Relay relay = {.server = {.sin_family = AF_INET}};
    if (argc != 4 || inet_pton(AF_INET, argv[1], &relay.server.sin_addr) != 1) {
        fprintf(stderr, "usage: relay HOST PORT RTT_US; HOST is an address\n");
        return 64;
    }
    relay.server.sin_port = htons((guint16)atoi(argv[2]));
    relay.delay_ns = g_ascii_strtoll(argv[3], NULL, 10) * 1000 / 2;
    relay.connections = g_ptr_array_new_with_free_func(connection_free);
    /* A wait is else rounded up by 50 microseconds. */
    prctl(PR_SET_TIMERSLACK, 1);
    sigset_t ended;
    sigemptyset(&ended);
    sigaddset(&ended, SIGTERM);
    sigprocmask(SIG_BLOCK, &ended, NULL);
    int signals = signalfd(-1, &ended, SFD_CLOEXEC);
    int listener = listen_on_any_port();
    if (signals < 0 || listener < 0) {
        perror("relay");
        return 1;
    }
    serve(&relay, listener, signals);
    print_counts(&relay);
    g_ptr_array_unref(relay.connections);
    return 0;
}
