/*
 * What the kernel allows: the same ways of sending as tablefull's, as a plain loop in C that waits for no answer.
 *   ceiling MODE ADDRESS PORT THREADS SECONDS      MODE: sweep | per-query | pool
 * Prints the sends that went and those refused with EPERM, each per second, all threads together. Sends only to
 * 127.0.0.0/8, and ends by itself after SECONDS (at most 10). Built and run by `npm run bench`; never shipped.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, POOL = 1000, MOST_THREADS = 16, PACKET = 39 };

struct share {
  pthread_t thread;
  int number;
  unsigned long sent, refused;
};

static const char *mode;
static struct sockaddr_in target;
static double seconds;
static int threads;
static const char packet[PACKET];

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

static void must(int result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

static void count(struct share *share, long result) {
  if (result >= 0) share->sent++;
  else if (errno == EPERM) share->refused++;
}

/* One socket per source port, the source address set per packet. */
static void sweep(struct share *share, double end) {
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
  unsigned flow = 0;
  for (int port = 40000 + share->number * 64; now() < end; port++) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    must(fd, "socket");
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
    must(bind(fd, (struct sockaddr *)&own, sizeof own), "bind");
    for (flow = 0; flow < 65536 && now() < end;) {
      for (int i = 0; i < BATCH; i++) {
        struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&messages[i].msg_hdr));
        info->ipi_spec_dst.s_addr = htonl(0x7f400000u + flow + i);
      }
      for (int done = 0; done < BATCH;) {
        int went = sendmmsg(fd, messages + done, BATCH - done, MSG_DONTWAIT);
        if (went < 0) {
          count(share, -1);
          done++;
        } else {
          share->sent += went;
          done += went;
        }
      }
      flow += BATCH;
    }
    close(fd);
  }
}

/* socket, connect, send, close. */
static void per_query(struct share *share, double end) {
  for (int i = 0; i % 64 != 0 || now() < end; i++) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    must(fd, "socket");
    must(connect(fd, (struct sockaddr *)&target, sizeof target), "connect");
    count(share, send(fd, packet, sizeof packet, MSG_DONTWAIT));
    close(fd);
  }
}

/* Long-lived connected sockets in turn. */
static void pool(struct share *share, double end) {
  int fds[POOL];
  int size = POOL / threads;
  for (int i = 0; i < size; i++) {
    must(fds[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), "socket");
    must(connect(fds[i], (struct sockaddr *)&target, sizeof target), "connect");
  }
  for (int i = 0; i % 64 != 0 || now() < end; i++) count(share, send(fds[i % size], packet, sizeof packet, MSG_DONTWAIT));
}

static void *work(void *argument) {
  struct share *share = argument;
  double end = now() + seconds;
  if (!strcmp(mode, "sweep")) sweep(share, end);
  else if (!strcmp(mode, "per-query")) per_query(share, end);
  else pool(share, end);
  return NULL;
}

int main(int argc, char **argv) {
  static struct share shares[MOST_THREADS];
  if (argc != 6) return fprintf(stderr, "usage: ceiling MODE ADDRESS PORT THREADS SECONDS\n"), 2;
  mode = argv[1];
  target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
  threads = atoi(argv[4]);
  seconds = atof(argv[5]);
  if (inet_pton(AF_INET, argv[2], &target.sin_addr) != 1 || (ntohl(target.sin_addr.s_addr) >> 24) != 127 || threads < 1 ||
      threads > MOST_THREADS || seconds <= 0 || seconds > 10)
    return fprintf(stderr, "ceiling: sends to 127.0.0.0/8 only, from 1 to %d threads, for at most 10 s\n", MOST_THREADS), 2;
  double begin = now();
  for (int i = 0; i < threads; i++) {
    shares[i].number = i;
    pthread_create(&shares[i].thread, NULL, work, &shares[i]);
  }
  unsigned long sent = 0, refused = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(shares[i].thread, NULL);
    sent += shares[i].sent;
    refused += shares[i].refused;
  }
  double took = now() - begin;
  printf("{\"sentPps\": %.0f, \"refusedPps\": %.0f}\n", sent / took, refused / took);
  return 0;
}
