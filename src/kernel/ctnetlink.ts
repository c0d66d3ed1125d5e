/** Numbers of linux/netlink.h, linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h and nf_conntrack_common.h that reading and writing entries share. */

export const NLMSGHDR_BYTES = 16;
/** struct nfgenmsg, which follows the header and precedes the attributes. */
export const NFGENMSG_BYTES = 4;
export const AF_INET = 2;
export const NLA_F_NESTED = 0x8000;

/** NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, and ..._GET. */
export const CT_NEW = 0x0100;
export const CT_GET = 0x0101;

export const CTA_TUPLE_ORIG = 1;
export const CTA_TUPLE_REPLY = 2;
export const CTA_STATUS = 3;
export const CTA_PROTOINFO = 4;
export const CTA_TIMEOUT = 7;
export const CTA_TUPLE_IP = 1;
export const CTA_TUPLE_PROTO = 2;
export const CTA_PROTO_NUM = 1;

/** `enum ip_conntrack_status`. */
export const IPS_SEEN_REPLY = 1 << 1;
export const IPS_ASSURED = 1 << 2;
export const IPS_CONFIRMED = 1 << 3;
export const IPS_OFFLOAD = 1 << 14;

export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_DCCP = 33;
export const IPPROTO_SCTP = 132;
