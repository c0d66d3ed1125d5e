/*
 * What the kernel allows: the same ways of sending as tablefull's, as a plain loop in C that waits for no answer.
 *   ceiling MODE ADDRESS PORT THREADS WARM_UP SECONDS      MODE: sweep | per-query | pool
 * Sends for WARM_UP seconds, then counts for SECONDS, and prints the sends that went and those refused with EPERM, each
 * per second, all threads together. Sends only to 127.0.0.0/8, and ends by itself after at most 20 s. Built and run by
 * `npm run bench`; never shipped.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, POOL = 1000, MOST_THREADS = 16, PACKET = 39, FIRST_PORT = 50000, PORTS = 64, SOURCES = 65536 };

/* Each on a cache line of its own. */
struct share {
  pthread_t thread;
  int number;
  atomic_ulong sent, refused;
} __attribute__((aligned(128)));

static const char *mode;
static struct sockaddr_in target;
static int threads;
static atomic_int over;
static const char packet[PACKET];

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

static void rest(double seconds) {
  struct timespec length = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (time_t)seconds) * 1e9)};
  while (nanosleep(&length, &length) < 0 && errno == EINTR) {}
}

static void must(int result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

/* Only the thread itself writes its counters. */
static void add(atomic_ulong *counter, unsigned long more) {
  atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more, memory_order_relaxed);
}

static int going_on(void) { return !atomic_load_explicit(&over, memory_order_relaxed); }

static void count(struct share *share, long result) {
  if (result >= 0) add(&share->sent, 1);
  else if (errno == EPERM) add(&share->refused, 1);
}

/* One socket per source port, the source address set per packet. */
static void sweep(struct share *share) {
  struct mmsghdr messages[BATCH] = {0};
  struct iovec vector = {.iov_base = (void *)packet, .iov_len = sizeof packet};
  union { char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))]; struct cmsghdr align; } controls[BATCH] = {0};
  for (int i = 0; i < BATCH; i++) {
    struct msghdr *header = &messages[i].msg_hdr;
    *header = (struct msghdr){.msg_name = &target, .msg_namelen = sizeof target, .msg_iov = &vector, .msg_iovlen = 1,
                              .msg_control = controls[i].bytes, .msg_controllen = sizeof controls[i].bytes};
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    control->cmsg_level = IPPROTO_IP;
    control->cmsg_type = IP_PKTINFO;
    control->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  }
  for (int port = FIRST_PORT + share->number * PORTS; going_on(); port++) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int no_ids = IP_PMTUDISC_DO;
    must(fd, "socket");
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    must(setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &no_ids, sizeof no_ids), "setsockopt");
    must(bind(fd, (struct sockaddr *)&own, sizeof own), "bind");
    for (unsigned flow = 0; flow < SOURCES && going_on(); flow += BATCH) {
      for (int i = 0; i < BATCH; i++) {
        struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&messages[i].msg_hdr));
        info->ipi_spec_dst.s_addr = htonl(0x7f400000u + flow + i);
      }
      for (int done = 0; done < BATCH;) {
        int went = sendmmsg(fd, messages + done, BATCH - done, MSG_DONTWAIT);
        if (went < 0) count(share, -1);
        else add(&share->sent, went);
        done += went < 0 ? 1 : went;
      }
    }
    close(fd);
  }
}

/* socket, connect, send, close. */
static void per_query(struct share *share) {
  while (going_on()) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    must(fd, "socket");
    must(connect(fd, (struct sockaddr *)&target, sizeof target), "connect");
    count(share, send(fd, packet, sizeof packet, MSG_DONTWAIT));
    close(fd);
  }
}

/* Long-lived connected sockets in turn. */
static void pool(struct share *share) {
  int fds[POOL];
  int size = POOL / threads;
  for (int i = 0; i < size; i++) {
    must(fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), "socket");
    must(connect(fds[i], (struct sockaddr *)&target, sizeof target), "connect");
  }
  for (int turn = 0; going_on(); turn = (turn + 1) % size) count(share, send(fds[turn], packet, sizeof packet, MSG_DONTWAIT));
}

static void *work(void *share) {
  if (!strcmp(mode, "sweep")) sweep(share);
  else if (!strcmp(mode, "per-query")) per_query(share);
  else pool(share);
  return NULL;
}

int main(int argc, char **argv) {
  static struct share shares[MOST_THREADS];
  if (argc != 7) return fprintf(stderr, "usage: ceiling MODE ADDRESS PORT THREADS WARM_UP SECONDS\n"), 2;
  mode = argv[1];
  target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
  threads = atoi(argv[4]);
  double warm_up = atof(argv[5]), seconds = atof(argv[6]);
  if (inet_pton(AF_INET, argv[2], &target.sin_addr) != 1 || (ntohl(target.sin_addr.s_addr) >> 24) != 127 || threads < 1 ||
      threads > MOST_THREADS || warm_up < 0 || warm_up > 10 || seconds <= 0 || seconds > 10)
    return fprintf(stderr, "ceiling: sends to 127.0.0.0/8 only, from 1 to %d threads, for at most 10 s after at most 10 s\n", MOST_THREADS), 2;
  for (int i = 0; i < threads; i++) {
    shares[i].number = i;
    pthread_create(&shares[i].thread, NULL, work, &shares[i]);
  }
  rest(warm_up);
  double begin = now();
  long sent = 0, refused = 0;
  for (int i = 0; i < threads; i++) {
    sent -= atomic_load(&shares[i].sent);
    refused -= atomic_load(&shares[i].refused);
  }
  rest(seconds);
  double took = now() - begin;
  for (int i = 0; i < threads; i++) {
    sent += atomic_load(&shares[i].sent);
    refused += atomic_load(&shares[i].refused);
  }
  atomic_store(&over, 1);
  for (int i = 0; i < threads; i++) pthread_join(shares[i].thread, NULL);
  printf("{\"sentPps\": %.0f, \"refusedPps\": %.0f}\n", sent / took, refused / took);
  return 0;
}
