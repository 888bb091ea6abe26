// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

/**
 * @notice What verify asks of many authorizations, in one call at one block. It lies on no chain: its creation is only
 * called, never sent (`eth_call` without `to`), and what the constructor returns are the answers, not code.
 *
 * @dev No item can make the whole revert. The asset is pinned, so it is trusted not to burn the call's gas. What is
 * returned passes for code with the nodes that look: it is shorter than 24,576 bytes and begins with no 0xef, for its
 * first word is a block number.
 */
contract AuthorizationReader {
    uint256 private constant ITEM = 52;
    uint256 private constant HAS_CODE = 1 << 248;
    uint256 private constant USED = 2 << 248;
    uint256 private constant ANSWERED = 4 << 248;

    /**
     * @param asset The token of EIP-3009.
     * @param items Payer and nonce of each, 20 and 32 bytes, side by side.
     * Returns words: block number, timestamp, and one for each item: flags in its first byte, then the payer's balance
     * (all ones where it does not fit). Balance and nonce mean nothing without the flag ANSWERED.
     */
    constructor(address asset, bytes memory items) {
        uint256 count = items.length / ITEM;
        uint256[] memory words = new uint256[](2 + count);
        words[0] = block.number;
        words[1] = block.timestamp;
        for (uint256 i = 0; i < count; ++i) {
            address payer;
            bytes32 nonce;
            assembly ("memory-safe") {
                let item := add(add(items, 32), mul(i, ITEM))
                payer := shr(96, mload(item))
                nonce := mload(add(item, 20))
            }
            words[2 + i] = read(asset, payer, nonce);
        }
        assembly ("memory-safe") {
            return(add(words, 32), mul(mload(words), 32))
        }
    }

    function read(address asset, address payer, bytes32 nonce) private view returns (uint256 word) {
        (bool hasBalance, uint256 balance) = ask(asset, abi.encodeWithSignature("balanceOf(address)", payer));
        (bool hasState, uint256 used) =
            ask(asset, abi.encodeWithSignature("authorizationState(address,bytes32)", payer, nonce));
        word = balance < HAS_CODE ? balance : HAS_CODE - 1;
        if (payer.code.length > 0) word |= HAS_CODE;
        if (used != 0) word |= USED;
        if (hasBalance && hasState) word |= ANSWERED;
    }

    function ask(address asset, bytes memory question) private view returns (bool answered, uint256 word) {
        (bool succeeded, bytes memory answer) = asset.staticcall(question);
        answered = succeeded && answer.length == 32;
        if (answered) word = abi.decode(answer, (uint256));
    }
}
